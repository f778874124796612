"""The order document (発注書): what the Freelance Act and the 取適法 ask to be stated when work is ordered, in words.

Every program can write an order; the few that print one load `order_sheet` too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from vendors.models import Organisation
from vendors.prices import CHARACTERS, Price, PriceKind
from vendors.sampling import plan_of
from vendors.wording import day_text, money_text

LANGUAGES = {"ja": "日本語", "en": "英語"}
REFERENCES = {
    "hidden": "AIの回答は執筆者に表示しない。",
    "after_first_draft": "AIの回答は、初稿の保存後に限り執筆者に表示する。",
    "visible": "AIの回答を執筆者に表示する。",
}
RIGHTS = (
    "成果物の著作権（著作権法第27条及び第28条に定める権利を含む。）は、検収合格（検収期限の経過により受領したものとして扱う"
    "場合を含む。）の時に発注者へ移転し、受注者及び執筆者は著作者人格権を行使しない。譲渡の対価は報酬の額に含む。"
)
PLACE = "発注者の執筆システム「Hitode」上で提出する方法により納入する。"
# A day, never "by a day": payable "まで" some day counts as no day of payment at all. It is the `pay_by` of the statement.
PAYMENT = (
    "毎月末日締め、翌月末日払い。ただし、支払の対象となる給付のうち最も早い受領日から起算して60日目の日が翌月末日より早いときは、"
    "その日に支払う。全額を現金（受注者の指定する銀行口座への振込）で支払い、振込手数料は発注者が負担する。"
)
BASIS = (
    "本書は、特定受託事業者に係る取引の適正化等に関する法律及び製造委託等に係る中小受託事業者に対する代金の支払の遅延等の防止に"
    "関する法律に基づく明示事項を記載した書面です。"
)
INPUTS = "有償で支給するものはない。指示文は発注者が無償で提供する。"


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What a document is written from."""

    number: str
    version: int
    dated: date
    first_dated: date
    operator: Organisation | None
    vendor: Organisation
    price: Price
    due_on: date
    guideline: str
    terms: Mapping[str, Any]
    why: str
    asked: str = ""


def order_document(of: OrderFacts) -> dict[str, Any]:
    """The document in Japanese, as it is kept: parties, and every statement under its name."""
    terms, price = of.terms, of.price
    rows = [
        ("業務委託をした日", day_text(of.first_dated)),
        ("件名", terms["title"]),
        ("給付の内容", _work(terms, of.guideline)),
        ("数量", _quantity(terms)),
        ("執筆の時間", f"執筆画面での最後の操作から{_span(terms['lease_seconds'])}を過ぎた課題は、他の執筆者も執筆できる。"),
        ("納期", f"{day_text(of.due_on)}（この日より前の提出も、提出の都度、受領する）"),
        ("納入場所・方法", PLACE),
        ("検収", _inspection(terms)),
        ("報酬の額", _fee(terms, price)),
        ("消費税", "報酬の額に消費税（10％）を加えて支払う。端数は支払通知書ごとに1回切り捨てる。"),
        ("支払期日・方法", PAYMENT),
        ("知的財産権", RIGHTS),
        ("生成AIの利用", "執筆に生成AIを用いてはならない。" + REFERENCES[terms["reference_policy"]]),
        ("原材料等", INPUTS),
    ]  # fmt: skip
    if of.asked:
        rows.insert(
            4,
            (
                "執筆者の要件",
                f"{of.asked}に限り執筆できる。資格の取得に要する課題に報酬はなく、その成果物は使用しない。",
            ),
        )
    if terms.get("known_every"):
        rows.append(
            (
                "判定の練習",
                f"執筆{terms['known_every']}件ごとに、発注者が用意した見本1件の良否を判定する（1〜2分、報酬の対象外）。"
                "結果は本人だけに示し、検収及び報酬には影響しない。",
            )
        )
    if terms["note"]:
        rows.append(("特記事項", terms["note"]))
    if of.version > 1:
        rows.insert(1, ("変更の理由", of.why))
    return {
        "number": of.number,
        "version": of.version,
        "dated": of.dated.isoformat(),
        "operator": _party(of.operator),
        "vendor": _party(of.vendor),
        "honorific": "様" if of.vendor.kind == Organisation.Kind.FREELANCER else "御中",
        "rows": [list(row) for row in rows],
    }


def _readers(terms: Mapping[str, Any]) -> str:
    """Who reads the texts and in which order, as far as it is not one reader and the oldest first."""
    said = ""
    if terms.get("review_rule") == "share":
        said += f"無作為に抽出した{terms['review_share']}％を先に検査し、残りはその後に1名で検査する。"
    if terms.get("reviewers_each") == 2:
        said += "1件につき2名が互いの判定を見ずに検査し、判定が分かれたときは第三の検査者が決める。"
    return said


def _party(organisation: Organisation | None) -> dict[str, str]:
    if organisation is None:
        return {"name": "", "address": "", "registration_number": ""}
    return {name: getattr(organisation, name) for name in ("name", "address", "registration_number")}


def _work(terms: Mapping[str, Any], guideline: str) -> str:
    language = LANGUAGES.get(terms["language"], terms["language"])
    least, most = f"{terms['min_characters']:,}", f"{terms['max_characters']:,}"
    return f"指示文に対する回答文（{language}、1件あたり{least}〜{most}字）の執筆。執筆の手引き「{guideline}」に従う。"


def _inspection(terms: Mapping[str, Any]) -> str:
    lots = _lots(terms) if terms["inspection"] == "lot" else ""
    return (
        f"{lots}受領日から{terms['inspection_days']}日以内に検査を完了する。期限までに検査結果を通知しないときは、"
        f"受領したものとして支払の対象とする。修補の求めは1件につき{terms['rework_rounds']}回までとする。{_readers(terms)}"
    )


def _lots(terms: Mapping[str, Any]) -> str:
    """How lots are made and judged, with the plan of a full one."""
    size, plan = terms["lot_size"], plan_of(terms["lot_size"], terms["lot_level"], terms["lot_aql"])
    failed = {
        "return": "サンプル以外の全件を差し戻し、修補を求める（修補の回数が上限に達したものは1件ごとに検査する）",
        "inspect": "サンプル以外の全件を1件ごとに検査する",
    }[terms["lot_failed"]]
    return (
        f"ロットごとの抜取検査による（JIS Z 9015-1、なみ検査の1回抜取方式、検査水準{terms['lot_level']}、"
        f"AQL {terms['lot_aql']}％）。提出が{size:,}件に達した時、最初の提出から{terms['lot_days']}日を経た時、又は受注者が申し出た時に、"
        f"それまでの提出を1ロットとする。{size:,}件のロットではサンプル{plan.sample_size:,}件を検査し、不適合品が"
        f"{_at_most(plan.acceptance_number)}合格とする。合格したロットは、サンプル中の不適合品を除く全件を検収合格とし、"
        f"不合格のロットは、{failed}。"
    )


def _at_most(faulty: int) -> str:
    return f"{faulty:,}件以下であれば" if faulty else "なければ"


def _span(seconds: int) -> str:
    for size, unit in ((86400, "日"), (3600, "時間"), (60, "分")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}秒"


def _quantity(terms: Mapping[str, Any]) -> str:
    each = terms["outputs_each"]
    return f"{terms['quantity']:,}件" + (f"（指示文1件につき{each}件）" if each > 1 else "")


def _fee(terms: Mapping[str, Any], price: Price) -> str:
    currency, quantity = terms["currency"], terms["quantity"]

    def money(amount: int) -> str:
        return money_text(amount, currency)

    if price.kind == PriceKind.CHARACTER:
        return (
            f"検収に合格した成果物{CHARACTERS}字につき{money(price.unit)}（税抜）。1件あたりの下限は{money(price.floor)}、"
            f"上限は{money(price.cap)}とし、1円未満は切り捨てる。"
        )
    if price.kind == PriceKind.CLASS and price.classes:
        classes = "、".join(f"{name} {money(amount)}" for name, amount in terms["class_names"].items())
        return f"検収に合格した成果物1件につき、種別ごとに次のとおり（税抜）。{classes}、その他 {money(price.unit)}"
    return f"検収に合格した成果物1件につき{money(price.unit)}（税抜）。全件合格の場合の総額は{money(price.unit * quantity)}（税抜）"
