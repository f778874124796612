"""Texts invented for these tests, and the ways in which a copy is disguised."""

import random

# Stands in for a model's answer on how to keep houseplants.
REFERENCE = (
    "観葉植物を長く楽しむためには、水やりの頻度よりも土の乾き具合を確かめることが大切です。"
    "指を第二関節まで土に差し込み、湿り気を感じなければ鉢底から流れ出るまでたっぷりと与えます。"
    "受け皿に残った水は根腐れの原因になりますので、必ず捨てるようにしましょう。"
    "また、直射日光は葉焼けを招くことがあるため、レースのカーテン越しの明るい窓辺に置くと安心です。"
    "冬は生育がゆるやかになりますから、水も肥料も控えめにし、暖房の風が当たらない場所へ移してください。"
    "葉の表面にほこりがたまると光合成の妨げになるので、月に一度は濡らした布で優しく拭き取ります。"
    "根が鉢いっぱいに回ったら、春から初夏にかけて一回り大きな容器に植え替えると元気を取り戻します。"
)
PROMPT = "観葉植物を枯らさずに育てるコツを、初心者にもわかるように教えてください。水やりと置き場所に触れること。"

# Another person's answer to the same request.
INDEPENDENT = (
    "うちでは十年以上ポトスを育てていますが、失敗の多くは世話のしすぎでした。"
    "毎日じょうろを持つのではなく、鉢を持ち上げてみて軽くなっていたらあげる、くらいでちょうどいいと思います。"
    "夏の西日は避けて、部屋の奥でも本が読める程度の明るさがあれば育ちます。"
    "寒い地方なら、夜だけ窓から離してあげると葉が落ちにくいです。"
    "虫がついたら石けん水で洗い、ひどい枝は思い切って切ってしまいましょう。切った枝は水に挿しておけば根が出ます。"
    "はじめての人には、乾燥に強いサンスベリアか、しおれて水切れを知らせてくれるスパティフィラムがおすすめです。"
)

# References of other instructions.
OTHERS = (
    "鎌倉幕府が滅びたのち、後醍醐天皇は建武の新政を始めましたが、恩賞の配分に不満を抱いた武士たちが離れていきました。"
    "やがて足利尊氏が兵を挙げ、京都に新しい武家政権を開くことになります。"
    "南北に分かれた朝廷の対立は六十年近く続き、三代将軍義満の時代にようやく一つにまとまりました。",
    "索引は本の巻末にある五十音順の一覧のようなもので、目的の行を全件調べずに見つけるための構造です。"
    "ただし書き込みのたびに索引も更新されるため、むやみに増やすと登録や変更が遅くなります。"
    "よく絞り込みに使う列から順に作り、実行計画を見ながら効果を確かめるとよいでしょう。",
    "出汁をとるときは、昆布を水に一晩つけておき、弱火でゆっくり温めて沸騰の直前に引き上げます。"
    "続いて削り節をひとつかみ加え、火を止めて沈むのを待ってから布巾で静かにこしてください。"
    "絞ると雑味が出てしまいますから、自然に落ちるのにまかせるのが澄んだ味に仕上げる秘訣です。",
    "面接の前日は、志望動機を丸暗記するよりも、自分の経験を三つの短い物語にしておくほうが役に立ちます。"
    "それぞれについて、困難は何だったか、どう動いたか、結果として何が変わったかを一文ずつで言えるようにします。"
    "本番では相手の質問に合う物語を選び、具体的な数字を添えて落ち着いて話しましょう。",
    "月の満ち欠けは、太陽に照らされた半球を地球から見る角度が日ごとに変わるために起こります。"
    "新月のころは太陽と同じ方向にあるので姿が見えず、反対側に回ると丸く輝く満月になります。"
    "一巡りにかかる日数は約二十九日半で、昔の暦はこの周期をもとに作られていました。",
)
ENGLISH = (
    "Compost succeeds when wet kitchen scraps are balanced with dry leaves or torn cardboard. Turn the heap with a fork "
    "every second week so that air reaches the middle, and water it lightly whenever the outer layer feels dusty. Most "
    "gardeners find that a pile started in early autumn is dark and crumbly by the following spring."
)


def as_plain_style(text: str) -> str:
    """です・ます to だ・である."""
    for polite, plain in (
        ("ましょう", "よう"),
        ("ました", "た"),
        ("ません", "ない"),
        ("ます", "る"),
        ("でした", "だった"),
        ("です", "だ"),
        ("ください", "ほしい"),
    ):
        text = text.replace(polite, plain)
    return text


def with_edits(text: str, share: float, *, seed: int = 1) -> str:
    """A share of the characters deleted, replaced or followed by another one."""
    chance = random.Random(seed)
    edited = []
    for character in text:
        if chance.random() >= share:
            edited.append(character)
        elif (kind := chance.randrange(3)) > 0:
            edited.append((character if kind == 2 else "") + chance.choice(text))
    return "".join(edited)


def with_disguises(text: str, *, seed: int = 1) -> str:
    """Widths, commas, line breaks, zero-width spaces and Markdown mixed in."""
    chance = random.Random(seed)
    noise = ("\u200b", "**", "\n", "\u3164", " ", "\ufe0f", "")
    return "".join(character + chance.choice(noise) for character in text.replace("、", "，"))


def with_fillers(text: str, every: int, fillers: str) -> str:
    """A filler after each `every` characters."""
    return "".join(
        character + (fillers[place // every % len(fillers)] if place % every == every - 1 else "")
        for place, character in enumerate(text)
    )


def in_katakana(text: str, share: float, *, seed: int = 1) -> str:
    """A share of the hiragana as katakana."""
    chance = random.Random(seed)
    return "".join(
        chr(ord(character) + 0x60) if "ぁ" <= character <= "ゖ" and chance.random() < share else character
        for character in text
    )


def in_another_order(text: str) -> str:
    """The sentences backwards."""
    return "。".join(reversed(text.rstrip("。").split("。"))) + "。"
