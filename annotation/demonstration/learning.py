"""What the demonstration's writers learn the work with: a qualification, earned and being earned, and known answers."""

from collections.abc import Sequence

from annotation.services.known import known_add
from vendors.models import GuidelineVersion, Qualification, User
from vendors.services import qualification_publish, quiz_answer, trial_judge, trial_save

QUESTIONS = [
    {
        "text": "参考にした本の一節を、そのまま回答に入れてもよいのはどの場合ですか。",
        "choices": ["短ければいつでもよい", "引用であることと出典を示した場合", "語尾を変えた場合"],
        "right": [1],
        "explanation": "引用は、どこからどこまでか、誰の文章かが読み手に分かるように書きます。語尾を変えただけの文章は引用でも自作でもありません。",
    },
    {
        "text": "執筆に使ってよいものをすべて選んでください。",
        "choices": ["国語辞典", "対話型の生成AI", "自治体の公式サイト", "生成AIによる要約"],
        "right": [0, 2],
        "explanation": "調べものに辞書や公的な資料を使うのは自由です。生成AIの文章は、下調べや要約であっても使えません。",
    },
    {
        "text": "指示文の意味が二通りに読めるとき、どうしますか。",
        "choices": ["どちらかに決めて書き、そう読んだことを本文で示す", "両方を半分ずつ書く", "短く書いて済ませる"],
        "right": [0],
        "explanation": "どう読んだかを一文で示せば、読み手は迷いません。どうしても決められないときは「答えられない」として見送ってください。",
    },
]
TRIALS = [
    "初めて一人暮らしをする人に、一週間分の買い物のしかたを説明してください。",
    "雨の日の遠足を中止するかどうか、保護者に知らせる文面を書いてください。",
]
WRITTEN = (
    "買い物は週に二度に分けると楽です。一度目は米、卵、豆腐、根菜のように日持ちするものをまとめ、二度目に葉物と魚を少しだけ足します。"
    "献立を先に決めるより、主菜になるものを三つ買い、残りの日は卵と缶詰でしのぐと決めておくと、余らせずに済みます。"
)
KNOWN = [
    (
        "電子レンジで目玉焼きを作る手順を教えてください。",
        "耐熱の小皿に油を薄くぬって卵を割り入れ、黄身に楊枝で二、三か所穴をあける。ふんわりラップをかけ、500ワットで40秒ほど加熱し、"
        "固さを見ながら10秒ずつ足す。穴をあけずに加熱すると黄身が破裂することがあるので、ここだけは省かないこと。",
        True,
        "手順が順に並び、時間の目安と、守らないと危ない点が理由つきで書かれています。",
    ),
    (
        "上司に休暇を願い出るメールを書いてください。",
        "お疲れさまです。休暇についてですが、働き方改革のなかで休暇の取得は大切だと言われています。適切な時期に取得することが望ましいでしょう。"
        "ご検討のほど、よろしくお願いいたします。",
        False,
        "いつ、何日休むのかがなく、願い出る文面になっていません。一般論ではなく、相手がすぐ返事のできる内容にします。",
    ),
]


def learning_set(
    *, manager: User, reviewer: User, writers: Sequence[User], guideline: GuidelineVersion
) -> Qualification:
    """Publish a qualification that the first writer holds and for which the second waits; enter the known answers."""
    holder, waiting = writers
    found = qualification_publish(
        by=manager,
        name="一般の指示・基礎",
        guideline=guideline.guideline,
        questions=QUESTIONS,
        trials=TRIALS,
        trials_needed=1,
    ).qualification
    for writer in (holder, waiting):
        quiz_answer(user=writer, qualification=found, answers=[question["right"] for question in QUESTIONS])  # type: ignore[misc]
        trial = trial_save(user=writer, qualification=found, number=1, text=WRITTEN, is_sent=True)
        if writer == holder:
            note = "具体的で読みやすい文章です。この調子でお願いします。"
            trial_judge(trial=trial, by=reviewer, is_accepted=True, note=note)
    for instruction, text, is_good, explanation in KNOWN:
        known_add(
            by=manager,
            guideline=guideline.guideline,
            language="ja",
            instruction=instruction,
            text=text,
            is_good=is_good,
            explanation=explanation,
        )
    return found
