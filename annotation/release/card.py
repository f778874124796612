"""The card of a release: a README in both languages whose figures are those of the manifest."""

from typing import Any

import orjson

from annotation.release.record_lines import FORMS, SIDES, data_path

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))

CARD = """---
pretty_name: {pretty_name}
language:
{languages}
size_categories:
- {size}
task_categories:
- text-generation
license: other
license_name: by-record
annotations_creators:
- expert-generated
tags:
- instruction-tuning
- human-written
configs:
{configs}
---

# {name}

{demonstration}人が書いた指示と応答のデータセットです。出力は、契約した書き手が一件ずつ手で書き、別の人が検収しました。
人が書いたことを完全に証明する方法はありません。そこで下の五つを、それぞれの根拠とともに示します。根拠がこのデータのものであることは、
誰でもこのフォルダーだけで確かめられます。

Instructions and outputs: each output was written by hand by a person under contract and accepted by another. Nothing proves that a
person wrote a text. So five things are claimed below, each with its evidence, and anyone can check with this folder alone that the
evidence belongs to these bytes.

| | |
|---|---|
| 件数 / records | {records} |
{tables}

{figures}

## 形式 / Forms

| フォルダー / folder | 中身 / what it holds |
|---|---|
| `data/` | `instruction`・`input`・`output`（Alpaca）。署名の根拠になる正本。 The records; what is signed one by one. |
| `chat/` | `messages`（`role`・`content`）。 The same as conversations. |
| `sharegpt/` | `conversations`（`from`・`value`）。`gpt` とある側も人の文章です。 ShareGPT; its "gpt" is a person here. |
| `parquet/` | `data/` と同じ列。 The columns of `data/`. |
| `csv/` | 表計算ソフト用。式と誤られる欄の頭には `'` があります。 For spreadsheets; a cell like a formula begins with `'`. |
| `provenance/` | 一件ごとの成り立ち。 How each record was made. |{tiles}

`train` と `test` の分けかたは変わりません。ほぼ同じ指示は同じ側にあり、次の版でも側は移りません。
A record never changes sides between versions, and instructions that ask nearly the same are on one side.

## 確かめる / Check it

```
pip install cryptography
python verify_release.py{option}
```

署名の鍵 / signed with key `{public_key}` · Merkle root `{merkle_root}`

公開元のサイトにある鍵と見比べてください。 Compare the key with the one on the publisher's own site.{scan}

## 何が言えるか / What is claimed

- 公開したときのバイト列のままであること（署名、Merkle木）。 These are the bytes that were released.
- 書き手が、その指示へのモデルの回答を見ずに書いたか、見せる発注だったか（`provenance` の `reference`）。
  Whether the writer had been shown a model's answer (`reference` in the provenance).
- どの回答とも、決めた量を超えて重ならないこと（`gate`）。 No overlap above the rule with any model answer kept (`gate`).
- 書いた過程の記録が文章と合うこと（`trace`）。 The record of its making fits the text (`trace`).
- 書き手が自分で書いたと約束し、別の人が受け入れたこと。 The writer vouched for it, and another person accepted it.

## 限界 / Known limits

- 自由な言い換えや、手元にないモデルの文章は、重なりからは見つかりません。
  Free paraphrase, and text of models whose answers are not kept, cannot be found by overlap.{limit}
- 書き手は契約した会社と個人で、書き手の偏りがあります。ひとりの書き手が何件も書いています。
  The writers are those of the vendors under contract, each with many records: their habits are in the data.
- 内容の正しさは検収者が見ましたが、保証はありません。医療や法律の助言として使わないでください。
  Reviewers checked the facts as far as they could; nothing here is medical or legal advice.
- 参加者の指示には、無料の公開サイトに来た人の関心が表れています。
  Instructions of participants show what visitors of a free public site cared about.

## ライセンス / Licence

{licence}

## 取り下げ / Withdrawal

`tombstones.jsonl` の記録は使わないでください。配布済みの写しや学習済みのモデルからは取り戻せません。
Do not use the records in `tombstones.jsonl`. Copies and trained models cannot be called back.
"""

TILES = """
| `tiles16.u64` | モデルの回答{references}件から抜いた、重ならない16文字（英数字だけなら26字）{count}片のハッシュ。回答を見ずに、重なりを探せます（`--tiles`）。\
 Hashes of {count} pieces of 16 characters (26 of letters alone) of {references} model answers, none overlapping. |
| `tile_hits.jsonl` | その片を含む記録（{hits}件）と照合の判断。 The records that have such a piece ({hits}), and what the gate decided. |
| `stopgrams.bin`, `normaliser.json` | 抜く前に除いた決まり文句と、文字の揃えかたの見本。\
 The set phrases that were left out, and examples of how texts are compared. |"""
NO_TILES = """

回答のハッシュ（タイル）は入っていません。回答との照合をやり直せるのは、発行者が回答を見せた監査人だけです。
This release carries no hashes of models' answers: only an auditor who is shown the answers can compare them again."""
TILES_TOLD = """

`--tiles` を付けると、モデルの回答の片がないか、全件を調べます（Python 3.11以降）。見つかるはずの{hits}件は `tile_hits.jsonl` にあります。
同じ名前や決まり文句があれば別々に書いた文でも見つかるので、それだけでは写したことになりません。
With `--tiles` every record is searched for pieces of models' answers (Python 3.11 or newer). The {hits} that have one are in
`tile_hits.jsonl`, each with what the gate decided: a shared name or set phrase is enough, so that this alone shows no copy."""
TILES_LIMIT = """
- タイルの検査は、90文字ほどの丸写しを見つけるためのものです。言い換えや短い引用は見つからず、偶然の一致もあります。別の人が書いた
  手引き書で試すと、日本語の1,191件のうち2.2%（95%信頼区間 1.5–3.2%）、英語の1,242件のうち0.8%（0.4–1.5%）に一致がありました。
  片の長さも同じ手引き書で選んだため、ほかの文章ではもっと多いかもしれません。
  The scan by tiles is made for passages copied whole, of 90 characters and more; it misses shorter and edited ones. Some people write
  the same piece by chance: of manuals on other systems 2.2% in Japanese (of 1,191; 95% interval 1.5 to 3.2%) and 0.8% in English
  (of 1,242; 0.4 to 1.5%) had one. The pieces were chosen on these same manuals: other texts may have more."""
DEMONSTRATION = "**これはデモです。練習用の文章なので、学習には使わないでください。 / A demonstration: practice text, not for training.**\n\n"
TITLES = {
    "language": "言語 / language",
    "category": "分類 / category",
    "source": "指示の出どころ / source of the instructions",
    "licence": "ライセンス / licence",
}


CONFIG = """- config_name: {name}
  data_files:
{files}"""
CONFIG_FILE = """  - split: {side}
    path: {path}"""
LICENCE = """取り込んだ指示のライセンスは各行の `licence` にあり、空なら参加者が同意した規約（`provenance` の `terms`）によります。
出力の著作権（著作権法27条・28条の権利を含む）は、書き手との契約で発行者に移っています。
The licence of an imported instruction is in its `licence`; where that is empty, the terms of its participant hold (`terms`
in the provenance). The copyright of every output passed to the publisher by contract."""
MAKING = {
    "written": "書いた期間 / written",
    "people": "人 / people",
    "characters": "出力の文字数 / characters of an output",
    "active_minutes": "書いていた分 / active minutes",
    "price_per_record": "一件の報酬（税抜） / pay per record, before tax",
    "reviews": "検収の判断 / verdicts of reviewers",
    "returned_for": "差し戻しの理由 / returned for",
    "rejected_for": "不採用の理由 / rejected for",
    "gate_at_submission": "提出時の照合（全提出） / gate at submission, all work",
    "gate": "照合（この版） / gate, this release",
    "gate_overrides": "照合の保留を人が通した件数 / let pass by a person after the gate asked",
    "trace": "執筆の記録 / writing trace",
    "reference_policy": "参照の方針 / reference policy",
    "reference_shown_to_writer": "書き手に参照を見せた件数 / reference shown to the writer",
    "edited_by_reviewers": "検収者が直した件数 / edited by a reviewer",
    "gate_settings": "照合の設定 / gate settings",
}
SPREAD = "中央 {median}（5%: {p5}、95%: {p95}） / median {median} (5%: {p5}, 95%: {p95})"


def card(manifest: dict[str, Any]) -> str:
    """Return the card of a release as Markdown with the YAML that dataset hubs read."""
    records = manifest["records"]
    split = ", ".join(f"{side} {count}" for side, count in manifest["split"].items())
    return CARD.format(
        pretty_name=orjson.dumps(manifest["name"]).decode(),
        languages="\n".join(f"- {plain(code)}" for code in sorted(manifest["counts"]["language"])),
        size=next((size for limit, size in SIZES if records < limit), "1M<n<10M"),
        configs="\n".join(_configs(manifest)),
        name=plain(manifest["name"]),
        demonstration=DEMONSTRATION if manifest["is_demonstration"] else "",
        records=f"{records} ({split})",
        tables="\n".join([*_counts(manifest), *_filters(manifest)]),
        figures=_figures(manifest),
        licence=LICENCE,
        tiles=TILES.format(**manifest["tiles"]) if manifest["tiles"] else "",
        scan=TILES_TOLD.format(**manifest["tiles"]) if manifest["tiles"] else NO_TILES,
        limit=TILES_LIMIT if manifest["tiles"] else "",
        option=" --tiles" if manifest["tiles"] else "",
        public_key=manifest["public_key"],
        merkle_root=manifest["merkle_root"],
    )


def making_rows(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the figures say, as rows of a title in both languages and a text: those that there are."""
    told = {**manifest["figures"]["operation"], **manifest["figures"]["records"]}
    told["written"] = [" – ".join(told["written"])] if told["written"] else None
    told["characters"] = SPREAD.format(**told["characters"]["output"])
    told["active_minutes"] = SPREAD.format(**told["active_minutes"])
    told["price_per_record"] = {
        currency: "{min}–{median}–{max}".format(**spread)
        for currency, spread in told.get("price_per_record", {}).items()
    }
    settings = told.get("gate_settings") or {}
    told["gate_settings"] = f"{settings['version']}: {settings['why'] or '–'}" if settings else None
    return [(title, _said(told[name])) for name, title in MAKING.items() if told.get(name)]


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{plain(str(name))} {count}" for name, count in sorted(value.items()))
    if isinstance(value, list):
        return ", ".join(plain(str(one)) for one in value)
    return plain(str(value))


def _counts(manifest: dict[str, Any]) -> list[str]:
    return [
        f"| {TITLES[name]} | {', '.join(f'{plain(value)} {count}' for value, count in sorted(counts.items()))} |"
        for name, counts in manifest["counts"].items()
    ]


def _filters(manifest: dict[str, Any]) -> list[str]:
    if not manifest["filters"]:
        return []
    chosen = "; ".join(f"{name} {_said(value)}" for name, value in sorted(manifest["filters"].items()))
    return [f"| 選んだ条件 / chosen by | {chosen} |"]


def _figures(manifest: dict[str, Any]) -> str:
    rows = "\n".join(f"| {title} | {text} |" for title, text in making_rows(manifest))
    pictures = "\n".join(
        f"![{one['path'].removeprefix('plots/').removesuffix('.svg')}]({one['path']})"
        for one in manifest["files"]
        if one["path"].startswith("plots/")
    )
    return f"## どう作られたか / How it was made\n\n| | |\n|---|---|\n{rows}\n\n{pictures}"


def _configs(manifest: dict[str, Any]) -> list[str]:
    """One configuration for each form of JSON Lines, since a hub reads one kind of file a folder; the first comes unasked."""
    listed = {one["path"] for one in manifest["files"]}
    found = []
    for name, place in (("default", data_path), ("chat", FORMS["chat"].path), ("sharegpt", FORMS["sharegpt"].path)):
        files = [CONFIG_FILE.format(side=side, path=place(side)) for side in SIDES if place(side) in listed]
        if files:
            found.append(CONFIG.format(name=name, files="\n".join(files)))
    return found


def plain(value: str) -> str:
    """A value that breaks out of no table and no heading."""
    return " ".join(value.split()).replace("|", "\\|").replace("<", "&lt;")
