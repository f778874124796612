"""The card of a release: a README in both languages whose figures are those of the manifest."""

from typing import Any

import orjson

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))

CARD = """---
pretty_name: {pretty_name}
language:
{languages}
size_categories:
- {size}
task_categories:
- text-generation
annotations_creators:
- expert-generated
tags:
- instruction-tuning
- human-written
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.jsonl
- config_name: chat
  data_files:
  - split: train
    path: chat/train-*.jsonl
---

# {name}

{demonstration}人が書いた指示と応答のデータセットです。出力は、契約した書き手が一件ずつ手で書き、別の人が検収しました。
人が書いたことを完全に証明する方法はありません。そこで下の五つを、それぞれの根拠とともに示します。根拠がこのデータのものであることは、
だれでもこのフォルダだけで確かめられます。

Instructions and outputs: each output was written by hand by a person under contract and accepted by another. Nothing proves that a
person wrote a text. So five things are claimed below, each with its evidence, and anyone can check with this folder alone that the
evidence belongs to these bytes.

| | |
|---|---|
| 件数 / records | {records} |
{tables}

## 確かめる / Check it

```
pip install cryptography
python verify_release.py
```

署名の鍵 / signed with key `{public_key}` · Merkle root `{merkle_root}`

公開元のサイトにある鍵と見比べてください。 Compare the key with the one on the publisher's own site.

## 何が言えるか / What is claimed

- 公開したときのバイト列のままであること（署名、Merkle木）。 These are the bytes that were released.
- 書き手が、その指示へのモデルの回答を見ずに書いたか、見せる発注だったか（`provenance` の `reference`）。
  Whether the writer had been shown a model's answer (`reference` in the provenance).
- どの回答とも、決めた量を超えて重ならないこと（`gate`）。 No overlap above the rule with any model answer kept (`gate`).
- 書いた過程の記録が文章と合うこと（`trace`）。 The record of its making fits the text (`trace`).
- 書き手が自分で書いたと約束し、別の人が受け入れたこと。 The writer vouched for it, and another person accepted it.

自由な言い換えや、手元にないモデルの文章は、重なりからは見つかりません。
Free paraphrase, and text of models whose answers are not kept, cannot be found by overlap.

## 取り下げ / Withdrawal

`tombstones.jsonl` の記録は使わないでください。配布済みの写しや学習済みのモデルからは取り戻せません。
Do not use the records in `tombstones.jsonl`. Copies and trained models cannot be called back.
"""

DEMONSTRATION = "**これはデモです。練習用の文章なので、学習には使わないでください。 / A demonstration: practice text, not for training.**\n\n"
TITLES = {
    "language": "言語 / language",
    "category": "分類 / category",
    "source": "指示の出どころ / source of the instructions",
    "licence": "ライセンス / licence",
}


def card(manifest: dict[str, Any]) -> str:
    """Return the card of a release as Markdown with the YAML that dataset hubs read."""
    records = manifest["records"]
    tables = [
        f"| {TITLES[name]} | {', '.join(f'{_plain(value)} {count}' for value, count in sorted(counts.items()))} |"
        for name, counts in manifest["counts"].items()
    ]
    return CARD.format(
        pretty_name=orjson.dumps(manifest["name"]).decode(),
        languages="\n".join(f"- {_plain(code)}" for code in sorted(manifest["counts"]["language"])),
        size=next((size for limit, size in SIZES if records < limit), "1M<n<10M"),
        name=_plain(manifest["name"]),
        demonstration=DEMONSTRATION if manifest["is_demonstration"] else "",
        records=records,
        tables="\n".join(tables),
        public_key=manifest["public_key"],
        merkle_root=manifest["merkle_root"],
    )


def _plain(value: str) -> str:
    """A value that breaks out of no table and no heading."""
    return " ".join(value.split()).replace("|", "\\|").replace("<", "&lt;")
