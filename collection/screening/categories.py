"""Tells what kind of work an instruction asks for, in Japanese and English: by its request, by rule, the same every time.

The rules are read from the top, and the first that fits decides: what is rare and plain to see (code, a translation) stands
before what nearly every request could be called (writing, a question). An operator may always know better.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from collection.screening.findings import text_fold
from collection.texts import OTHER

VERSION = 1
# The request stands at the beginning or at the end of what was typed; between them there may be a passage to work on.
_HEAD, _TAIL = 500, 200
# A text as short as this is a word to work with, and no passage that holds an answer.
_PASSAGE_JA, _PASSAGE_EN = 30, 120


@dataclass(frozen=True)
class _Rule:
    category: str
    expression: str
    needs: str = ""  # a text to work on: "handed" in beside the instruction, or "anywhere", in the instruction too

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is first asked for: most programs screen nothing."""
        return re.compile(self.expression, re.ASCII)


# The edge of a Latin word, written `~` below. It is one beside a kana too, as in 「HTMLで」, where `re` sees none.
_EDGE = r"(?:(?<![a-z0-9])(?=[a-z0-9])|(?<=[a-z0-9])(?![a-z0-9]))"


def _rule(category: str, *patterns: str, needs: str = "") -> _Rule:
    return _Rule(category, "|".join(patterns).replace("~", _EDGE), needs)


_LANGUAGE_JA = r"(?:英語|英文|日本語|和文|中国語|韓国語|フランス語|ドイツ語|スペイン語|外国語)"
_LANGUAGE_EN = r"(?:english|japanese|chinese|korean|french|german|spanish|arabic|italian|portuguese|hindi|latin)"
_WISH_JA = r"(?:書|作|考え|ください|下さい|欲し|ほし|お願い|送|頼)"

_RULES = (
    _rule(
        "coding",
        r"```|javascript|typescript|~java~|c\+\+|c#|~html~|~css~|~sql~|~regex|regular expression|leetcode|~python~(?!.{0,40}(?:違い|difference))",
        r"(?:プログラム|スクリプト|コード|関数|マクロ|正規表現|クエリ|アルゴリズム)(?:を|の|に|で).{0,20}(?:書|作成|作っ|作り|実装|開発|修正|直|教え|添削)",
        r"~(?:write|create|generate|complete|fix|debug|read|suggest|implement|develop)~.{0,40}~(?:code|program|script(?! for an? (?:youtube|video|podcast|play|film))|function|query|algorithm)~",
        r"~in the code~|~given function~|~binary tree~|~data structures?~|~time complexity~",
    ),
    _rule(
        "roleplay",
        r"なりき(?:っ|り)|(?:に|と)なったつもり|(?:の|な)ふりをし|を演じ|役を(?:し|やっ|演)|役割を(?:担|演)|として(?:振る舞|ふるまっ|話し)",
        r"(?:自分が|あなたが|あなたは)[^。]{1,40}(?:である|だ)と(?:想像|思い込|仮定)|(?:もし)?あなたが(?:もし)?[^。、]{1,30}(?:だったら|だったとしたら|になった場合|なら)",
        r"^あなたは[^。、が]{1,40}です。|(?:さん|先生|職人|店主)になって(?:、|ください|みて)|(?:先生|教師|専門家|コーチ)になってみ",
        r"^(?:now )?you are (?:an? |the )(?!list|binary)|~(?:act|behave) as~|~pretend~|~role-?play|~(?:imagine|picture|suppose) (?:that )?you(?:rself|'re| are) (?!writing|participating|driving|in |at )(?:to be |as )?(?:an? |the )",
        r"^as an? [a-z -]{2,40}, |~yourself as an? |~(?:the|a) (?:role|persona) of~|~in character~|~speak like~|~if you were (?:an? |the )|chat history",
    ),
    _rule(
        "translation",
        r"翻訳し|翻訳を|英訳|和訳|訳して|訳すと|訳文",
        rf"{_LANGUAGE_JA}(?:に|へ)(?:し|直し|訳|変え|言い換え)|{_LANGUAGE_JA}で(?:何と|なんと|どう)(?:言|い|書|表現)",
        rf"~translat(?:e|ion)~|~into(?! plain| simple)(?: [a-z]+,?){{0,3}} {_LANGUAGE_EN}~(?! dialect)",
        rf"~(?:say|put|express|write) (?:this|that|it|these|the following)~.{{0,40}} (?:in|to) (?:[a-z]+,? ){{0,3}}{_LANGUAGE_EN}~",
    ),
    _rule(
        "summarisation",
        r"要約|要点を|要するに|(?:文章|記事|メモ|内容|レビュー|議事録|話)[^。]{0,20}まとめ|[一二三四五0-9]+(?:行|文|点|字)[^。]{0,6}(?:に|で)(?:短く)?まとめ|に分けて整理",
        r"~summar(?:y|i[sz]|ies)|~tl;?dr~|~(?:boil|sum) (?:it |this )?(?:down|up)~",
    ),
    _rule(
        "mathematics",
        r"(?:方程式|不等式|連立|因数分解|微分|積分|平方完成|確率|面積|体積|素数|割り切れ|最小値|最大値|余り|線分|座標)[^。]{0,60}(?:求め|解|いく|何|なに|教え|ですか)",
        r"[0-9](?:.|\n){0,300}(?:いくらで|いくらに|いくつ(?!か)|何個|何人|何円|何通り|何分|何時間|何箱|箱をいく|値を求|合計は|総額)",
        r"[0-9]+ ?[%割円](?:.|\n){1,80}[0-9]+ ?[%割](?:.|\n){1,60}(?:同じ|いくら|どちら)|[a-z] ?[*+=] ?[a-z0-9][^。]*(?:表して|表現して|求め|解)",
        r"~(?:math|algebra|perfect numbers?|calculate|calculation|arithmetic|geometry|probability|remainder|inequality)~|~find the value of~|~solv(?:e|ing)~.{0,40}~(?:equations?|for x|math|word problems?)~",
        r"~convert(?:ing)?~.{0,30}(?:measurement|celsius|fahrenheit|units?|inches|~in\.)|[0-9].{0,80}~speed in~|~set of numbers~|~sum to~|~largest (?:one|number)~",
        r"[0-9](?:.|\n){0,400}~(?:how (?:many|much|far|long|fast)~|what is the (?:area|total|sum|value|length|average|perimeter|volume)|express~|show (?:each|every|your|all) (?:steps?|work))",
    ),
    _rule(
        "reasoning",
        r"論理(?:パズル|クイズ|的に(?:正し|成り立|考え))|推論(?:手順|過程)|推理|矛盾|真実を?(?:、|ですか)|本当のことを言|嘘をつ|うそをつ|仲間外れ|グループに属さない|順番を当て|誰ですか|誰でしょう|だれでしょう",
        r"何番目で|関係は何|(?:どの|どちらの)(?:方向|箱|方角)|(?:だから|なので)[^。]{0,20}はず|どこにありますか|何が理由で|何人の(?:兄|姉|弟|妹)|状況はどれ",
        r"~(?:riddle|puzzle|syllogism|analog(?:y|ies)|logically|deduc\w+|relation(?:ship)? between (?:a and|the given)|reasoning (?:steps|process))~|finished a race|~the second person~",
        r"~do(?:es)? not belong~|~how many (?:brothers|sisters|siblings)~|~(?:first two|third) statements?~|~could be the reasons?~|~point(?:ing)? (?:to )?(?:the )?(?:east|west|north|south)~|~shadow~.*~direction~",
    ),
    _rule(
        "extraction",
        r"抜き出|抜粋|抽出|拾い出|書き出して",
        r"(?:以下|次|下記|この|提示された)[^。]*(?:特定して|数えて|見つけて|挙げて|探して)|(?:買ったもの|日時|名前|値段)[^。]*(?:表|一覧|リスト)に",
        r"~extract|~pull (?:out|the|all)~|~(?:find|list|link|identify|select) (?:out )?(?:all|every)?~.{0,60}~in the (?:given |following )?(?:sentences?|paragraphs?|text|passage|articles?|document|news)~",
        r"~dependency|~pos tags|~as json~|~return the word~|~which of the following passages~|~longest sentence~|~count how many times~|~named entit",
    ),
    _rule(
        "classification",
        r"分類|(?:に|へ)分けて(?!整理)|カテゴリー?|振り分け|仕分け|割り当てて|段階で評価|スケールで|褒めて.{0,12}(?:けなし|貶し)|(?:正しい|適切|本物|スパム|肯定的|否定的)かどうか",
        r"~classif|~categori[sz]e|~categories~|~whether (?:the|it|this|a)~|~tell (?:me )?if~|~true(?:,| or) false~|~(?:detect|identify|verify|check) if~|~sort these~|~(?:evaluate|rate)~.{0,60}~scale~",
        r"~(?:sentiment|spam|stereotype in)~|~(?:identify|detect)~.{0,20}~bias|~yes or no~|~rank (?:the|these)~|~positive(?:,| or) negative~|~does the information~|~pos tag of~|~choose a topic~",
        r"~output (?:yes|true|1)~|~select [a-d],|~predict (?:the|whether|if)~",
    ),
    _rule(
        "rewriting",
        r"書き直|書き換え|書きかえ|言い換え|言いかえ|リライト|添削|校正|推敲|訂正|直して|直し(?:たい|方|てほし)|直せば|手直し|縮めて|短くして(?!く)|やさしい日本語",
        r"(?:丁寧|敬語|自然|簡潔|わかりやすく|柔らかく|やわらかく)(?:な|に|な文)?[^。]{0,10}(?:し|直|変え|整え)(?:て|たい|ほし)|文面を整え|(?:感じ|調子|文体)に(?:し|でき|変え)",
        r"~rewrit|~re-?phras|~paraphras|~proofread|(?:^|please |can you |could you |[.?!] )(?:correct|fix|polish|improve|shorten|simplify|edit)~.{0,30}~(?:this|my|the|it|paragraph|sentence|grammar|errors?|spelling)~",
        r"misspelling|~more (?:professional|formal|polite|readable|concise|natural)~|~better word~|~sounds? like a (?:robot|normal)|~replace (?:the|all)~|~convert it to a sentence|~synonyms? (?:of|for)~",
    ),
    _rule(
        "business_mail",
        rf"(?:メール|手紙|返信|お礼状|礼状|詫び状|お詫び状|案内状|招待状|送付状|送り状|年賀状|退職届|退職願|推薦状)(?:文|の文面|の文章|の下書き|の草案|の返事)?(?:を|が|は)[^。]{{0,14}}{_WISH_JA}",
        rf"(?:お断り|断り|お詫び|お礼|催促|督促|問い合わせ|挨拶|連絡|依頼|という)の?メール|メールに(?:丁寧に)?返信|返信(?:文)?を{_WISH_JA}",
        r"~(?:write|draft|compose|send|need|reply|respond|sending|give me|help me)~.{0,60}~(?:e-?mail|letter|message|reminder)~|~reply to the e-?mail~|~(?:e-?mail|letter) (?:to|from|that)~",
        r"~draft a (?:reply|reminder)|~invitation politely~|~(?:resignation|cover|recommendation) letter~|~letter of (?:recommendation|resignation)~",
    ),
    _rule(
        "closed_qa",
        r"(?:文章|本文|資料|案内|記事|説明書|レシピ|表|規約|時刻表|上)(?:を読ん|をもとに|に基づい|に書いて|によると|によれば|から答え)|書いてある範囲|読んだのですが",
        r"~according to the~|~based on the (?:passage|text|article|document|following|information)|~(?:passage|paragraph|document) (?:contains|says|supports)|~read the (?:following|below)|~given (?:this|the following|a reference) (?:text|passage|paragraph|article|data)",
        needs="anywhere",
    ),
    _rule("open_qa", r"^(?:please )?(?:explain|tell me why|why|how (?:can|do|does|did|would you explain))~"),
    _rule(
        "writing",
        r"俳句|短歌|川柳|(?:詩|歌詞|物語|小説|童話|エッセイ|脚本|原稿|作文|スピーチ|寸劇|記事|見出し|コピー|紹介文|説明文|お知らせ文?|文面|巻頭文|商品説明|あいさつ|挨拶)(?!に|か|の書き方)[^。]{0,24}(?:を|で|が|の|お)[^。]{0,24}"
        + _WISH_JA,
        r"(?:序章|続き|台本|タイトル|題名|指導書|概要|標語)[^。]{0,16}(?:を|し)[^。]{0,10}(?:書|作|考え|し)|描写して",
        r"~(?:haiku|poem|story|stories|joke|lyrics|novel|essay|limerick|proverb|dialogue|opening scene|blog post|headlines?|screenplay|podcast script)~|~write a (?:review|conversation|speech|sentence|short|text|descriptive|paragraph)",
        r"~(?:complete|finish) the (?:paragraph|sentence|lyrics|story)|~compose~|~craft an?~|~(?:generate|write|construct) (?:a|an|some) .{0,30}~(?:title|description|article|conversation|question|sentence|paragraph)~|~into an article~|~sounds very fluent~|~describe a (?:vivid|scene|character)",
    ),
    _rule(
        "brainstorming",
        r"アイデア|アイディア|(?:案|候補|プラン|企画|計画|献立|メニュー|レシピ|遊び|店名|改善策|解決策|対策|代案|食べ方|使い道|過ごし方)(?:を|と|の)[^。]{0,24}(?:出|考え|挙げ|あげ|教え|くだ|お願い|作|提案|知り)|名前(?:の案|を(?:考え|つけ))",
        r"提案して|おすすめ|お勧め|オススメ|工夫(?:を|が)|こつを|コツを|(?:どうすれば|どうしたら|どう答えれば)(?:いい|よい|良い)(?:です|の|でしょ)",
        r"(?:^|please |can you |could you |[.?!] |~(?:and|to) )(?:suggest|recommend|brainstorm)~|~ideas?~|~come up with~|~(?:itinerary|budget|checklist|menu|syllabus|to-?do list|grocery list|lesson plan)~|~(?:make|create|need) a (?:\w+ ){0,2}(?:plan|list)~|~plan (?:a|my|for)~|~i am planning~|~make up~",
        r"~things to do~|~what (?:should|can) i (?:do|check|eat|cook|buy)~|~can you give me some~|~give me (?:some |a few )?(?:tips|advice|ideas|suggestions)|~ways to~|~creative way~|~add things~",
    ),
    _rule(
        "closed_qa",
        r"(?:ですか|ますか|でしょうか|のか|[?？])[^。]{0,20}$",
        r"\?\s*$|^(?:answer|when|where|who|which|how|can|is|are|does|do|what)~",
        needs="handed",
    ),
    _rule(
        "open_qa",
        r"説明|解説|概説|教えて|とは(?:何|なん|どう|[?？。、]|$)|なぜ|なんで|どうして|どのよう|違い|どう違|述べて|記述して|答えて|挙げ|列挙|論じて|詳述|分析して|評価して|考察|ですか|ますか|でしょうか|でしょう[。?？]?$|知りたい|って何|ってある|[?？]\s*$|か。?$",
        r"^(?:what|why|how|who|when|where|which|is|are|do|does|did|can|could|should|will|in your opinion|question|discuss|compare|provide|outline)~|~explain|~describe~|~defin(?:e|ition)|~tell me (?:why|about|how|the)~|~differences? between~|\?\s*$",
        r"~give (?:me )?(?:some |an? )?(?:the |example|detailed|phrase)|^return the~|~answer the (?:following )?question|~what (?:is|are|do|does|causes|effect|happens)~|~fact check|~discuss~",
    ),
    _rule(
        "writing",
        r"書いて|書き(?:たい|ます)|作成して|作って|文章|文を|考えてください|考えて(?:ほし|欲し)|考えるのを手伝",
        r"~(?:write|generate|create|draft|make|design|complete|fill in|expand)~",
    ),
)


def find(instruction: str, input: str = "") -> str:
    """The category, `other` where no rule fits. Bounded: a long text is read at both ends."""
    folded = text_fold(instruction).text.casefold().strip()
    request = folded if len(folded) <= _HEAD + _TAIL else f"{folded[:_HEAD]}\n{folded[-_TAIL:]}"
    is_handed = _is_passage(input)
    has = {"": True, "handed": is_handed, "anywhere": is_handed or len(folded) > 2 * _PASSAGE_EN}
    for rule in _RULES:
        if has[rule.needs] and rule.pattern.search(request):
            return rule.category
    return OTHER


def _is_passage(input: str) -> bool:
    """Whether a text was handed in that could hold an answer."""
    stripped = input.strip()
    return len(stripped) >= (_PASSAGE_EN if stripped.isascii() else _PASSAGE_JA)
