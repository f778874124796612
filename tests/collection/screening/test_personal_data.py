import time

import pytest

from collection.screening.personal_data import find


def found(text: str) -> list[tuple[str, str]]:
    return [(one.check_id.removeprefix("personal."), text[one.start : one.end]) for one in find(text)]


@pytest.mark.parametrize(
    ("text", "check", "passage"),
    [
        ("連絡はtaro.yamada@example.co.jpまで", "email", "taro.yamada@example.co.jp"),
        ("電話は０９０－１２３４－５６７８です", "phone", "０９０－１２３４－５６７８"),
        ("携帯090ー1234ー5678に", "phone", "090ー1234ー5678"),
        ("03-1234-5678へかけて", "phone", "03-1234-5678"),
        ("電話番号0312345678", "phone", "0312345678"),
        ("Call me at +81 90 1234 5678.", "phone", "+81 90 1234 5678"),
        ("Call (415) 555-0132 today", "phone", "(415) 555-0132"),
        ("call +44 20 7946 0958 now", "phone", "+44 20 7946 0958"),
        ("〒１５０－０００１に送って", "postal_code", "１５０－０００１"),
        ("送り先は150-0001 東京都渋谷区です", "postal_code", "150-0001"),
        ("住所は東京都新宿区西新宿2-8-1です", "address", "東京都新宿区西新宿2-8-1"),
        ("京都府京都市中京区寺町三丁目に住む", "address", "京都府京都市中京区寺町三丁目"),
        ("カードは４１１１ １１１１ １１１１ １１１１", "card", "４１１１ １１１１ １１１１ １１１１"),
        ("私のマイナンバーは1234 5678 9018です", "my_number", "1234 5678 9018"),
        ("個人番号：１２３４５６７８９０１８", "my_number", "１２３４５６７８９０１８"),
        ("my SSN is 123-45-6789", "social_security", "123-45-6789"),
        ("普通預金の口座1234567へ", "bank_account", "1234567"),
        ("鍵はsk-proj-abcdefghijklmnopqrstuvです", "secret", "sk-proj-abcdefghijklmnopqrstuv"),
        ("AKIAIOSFODNN7EXAMPLE", "secret", "AKIAIOSFODNN7EXAMPLE"),
        ("パスワードは「hunter2x」です", "secret", "hunter2x"),
        ("携帯は090-1234-\u200b5678", "phone", "090-1234-\u200b5678"),
        ("ﾃﾞﾝﾜは０９０ｰ１２３４ｰ５６７８", "phone", "０９０ｰ１２３４ｰ５６７８"),
        ("携帯は090 1234 5678だよ", "phone", "090 1234 5678"),
        ("会社の代表は06-6123-4567です", "phone", "06-6123-4567"),
        ("横浜市中区本町6丁目50番地に届けて", "address", "横浜市中区本町6丁目50番地"),
        ("渋谷区道玄坂1-2-3のビル", "address", "渋谷区道玄坂1-2-3"),
        ("send it to 221 Baker Street please", "address", "221 Baker Street"),
        ("みずほ銀行 普通 1234567", "bank_account", "1234567"),
    ],
)
def test_personal_data_is_found_where_it_stands_in_the_original(text: str, check: str, passage: str) -> None:
    assert (check, passage) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "円周率は3.14159265358979です。",
        "2024年10月から2025年03月までの売上を100-2000の範囲で集計して",
        "0120-123-456 は会社の番号です",
        "123456789018 を素因数分解して",  # a right check digit, but nothing says what the number is
        "マイナンバーの例として123456789012を挙げて",  # the word, but a wrong check digit
        "1111 1111 1111 1111 を二進数に",
        "4111 1111 1111 1112 は正しい番号？",
        "@example と書いて",
        "ISBN 978-4-00-310101-8 の本",
        "東京都の人口と、渋谷区の面積を教えて",
        "def f(x): return x @ y",
        "パスワードは何文字がよいですか",
        "注文番号 123-456-789 と 2024-0001-0002 を並べて",
        "9801234567 + 3456789012 を計算して",
        "渋谷区は1932年にできた",
        "3時から5時までの電車",
        "",
    ],
)
def test_harmless_text_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_number_is_reported_once_and_by_its_most_telling_name() -> None:
    assert found("a@b.example.jp と 090-1234-5678") == [("email", "a@b.example.jp"), ("phone", "090-1234-5678")]


def test_a_ligature_before_a_number_does_not_shift_its_offsets() -> None:
    assert found("㍿㌔の携帯は090-1234-5678") == [("phone", "090-1234-5678")]


@pytest.mark.parametrize(
    "piece", ["0", "1-", "a.", "東京都", "+1 ", "(", "@a.", "eyJaaaaaaaaaaa.", "090-1234-5678 ", "03-1234-567 "]
)
def test_no_text_makes_a_pattern_slow(piece: str) -> None:
    started = time.perf_counter()
    find(piece * (12_000 // len(piece)))
    assert time.perf_counter() - started < 2
