import pytest

from collection.screening.language import detect, find, find_detected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("京都の秋について教えてください", "ja"),
        ("Pythonのlist comprehensionを説明して", "ja"),
        ("日本国憲法要約", "ja"),
        ("Explain why the sky is blue.", "en"),
        ("Write a résumé for a chef", "en"),
        ("请用中文写一篇关于北京秋天的文章，并介绍主要景点和交通方式", ""),
        ("Объясни, почему небо голубое", ""),
        ("하늘이 왜 파란지 설명해 주세요", ""),
        ("12 + 30 = ?", ""),
    ],
)
def test_the_script_tells_the_language(text: str, language: str) -> None:
    assert detect(text) == language


def test_another_language_is_held_and_a_text_without_letters_is_not() -> None:
    assert [one.check_id for one in find("Объясни, почему небо голубое")] == ["language.other"]
    assert find("12 + 30 = ?") == []


@pytest.mark.parametrize(
    "text",
    ["Explica por qué el cielo es azul y el mar también", "Jelaskan mengapa langit berwarna biru kepada anak", "请告诉我北京秋天最美的地方在哪里以及为什么那么美丽"],
)  # fmt: skip
def test_lingua_knows_a_third_language_in_a_known_script(text: str) -> None:
    assert [one.check_id for one in find_detected(text)] == ["language.detected"]


@pytest.mark.parametrize(
    "text",
    [
        "Write a haiku about autumn leaves in Kyoto",
        "Give me a recipe for okonomiyaki Hiroshima style",
        "京都の秋の過ごし方を、例をあげて紹介してください。",
        "SELECT * FROM users WHERE id = 3 を説明してください",
        "Bonjour !",
    ],
)
def test_lingua_lets_pass_what_it_is_not_sure_of(text: str) -> None:
    assert find_detected(text) == []
