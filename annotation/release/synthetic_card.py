"""The card of a synthetic release, which says before anything else that a model wrote it."""

from typing import Any

import orjson

from annotation.release.card import DEMONSTRATION, plain

CARD = """---
pretty_name: {pretty_name}
language:
{languages}
task_categories:
- text-generation
annotations_creators:
- machine-generated
tags:
- instruction-tuning
- synthetic
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.jsonl
---

# {name}

**これは合成データです。出力はすべてモデルが書きました。人が書いたものは一つもありません。**

**This is synthetic data. A model wrote every output; no person wrote any of them.**

{demonstration}指示は、利用に同意した人か、ライセンスのあるファイルからのものです。人が書いた出力のデータセットは別にあり、
ここの文章はそちらには入りません。ここの出力は、人による検収も、投稿の適否の検査も受けていません。個人情報らしい記述のあるものは、
機械で除きました。

The instructions come from people who consented to the use, or from licensed files. The dataset of outputs written by people is another
one, and no text of this one enters it. Nobody reviewed these outputs and no moderation judged them; those with what looks like
personal data were left out by a program.

| | |
|---|---|
| 件数 / records | {records} |
| モデル / model | {model} |
| モデルのライセンス / licence of the model | {model_licence} |
| モデルの出どころ / source of the model | {model_source} |
| 生成したサーバー / server | {servers} |
| 言語 / language | {language} |
| 指示のライセンス / licence of the instructions | {licence} |

モデルのライセンスが学習への利用を認めていることを、公開者が確かめて記録しています。使う前にご自身でもお確かめください。
The publisher confirmed, on record, that the model's licence allows training with its outputs. Check it yourself before you use them.

`MANIFEST.json` は全ファイルの SHA-256 を、`statement.intoto.json.sig` はその署名を収めています。鍵 / key `{public_key}`
`MANIFEST.json` lists the SHA-256 of every file, `statement.intoto.json.sig` the signature. `provenance/` tells of each line how it was made.
"""


def synthetic_card(manifest: dict[str, Any]) -> str:
    """Return the card as Markdown with the YAML that dataset hubs read; its figures are those of the manifest."""
    counts = manifest["counts"]
    told = {
        name: ", ".join(f"{plain(value)} {count}" for value, count in sorted(counts[name].items())) for name in counts
    }
    return CARD.format(
        pretty_name=orjson.dumps(manifest["name"]).decode(),
        languages="\n".join(f"- {plain(code)}" for code in sorted(counts["language"])),
        name=plain(manifest["name"]),
        demonstration=DEMONSTRATION if manifest["is_demonstration"] else "",
        records=manifest["records"],
        model=plain(manifest["model"]["name"]),
        model_licence=plain(manifest["model"]["licence"]),
        model_source=plain(manifest["model"]["source"]),
        servers=told["server_host"],
        language=told["language"],
        licence=told["licence"],
        public_key=manifest["public_key"],
    )
