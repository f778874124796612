"""The datasheet of a release: the questions of Gebru et al., "Datasheets for Datasets", answered from its figures."""

from typing import Any

from annotation.release.card import making_rows

SHEET = """# Datasheet: {name}

After Gebru et al., "Datasheets for Datasets". 問いの順はこの論文によります。

## Motivation / 目的

モデルの出力を含まないことを誰でも確かめられる、指示と応答のデータを作るため。発行者は署名の鍵 `{public_key}` の持ち主です。
To have instruction data of which anyone can check that no model's output is in it. The publisher is who holds the key above.

## Composition / 構成

{records} 件。一件は指示、入力（空のこともある）、人が書いた出力からなり、標本ではなく、この時点で条件を満たした全件です{chosen_ja}。
{records} records: an instruction, an input that may be empty, and an output that a person wrote. Not a sample: all that met the
rules at that moment{chosen_en}. Split: {split}.

| | |
|---|---|
{rows}

個人情報は自動の検査と人の目で除いています。人は版ごとに変わる仮名で示します。
Personal data is kept out by checks and by people; people appear under names that change with every release.

## Collection / 集めかた

指示は、規約に同意した訪問者が公開サイトで書いたもの、またはライセンスのあるファイルから取り込んだものです（`source`）。
出力は、契約した会社と個人の書き手が、生成AIを使わないと約束して一件ずつ書き、受け入れられた件数に応じて報酬を受けました。
Instructions come from visitors who consented, or from licensed files (`source`). Outputs were written one by one by writers under
contract, who promised to use no generative AI and were paid for each accepted text.

## Preprocessing / 前処理

していません。文字列は受け入れられたときのままで、そのハッシュが `provenance` にあります。
No preprocessing. Every text is as it was accepted; its hash is in the provenance.

{tiles}## Uses / 使いみち

言語モデルの学習と評価。商用も含みます。人の身元を探ることには使わないでください。
Training and evaluating language models, commercial use included. Do not use it to find out who a writer is.

## Distribution / 配布

このフォルダーのまま。`MANIFEST.json` に全ファイルのハッシュがあります。 As this folder; `MANIFEST.json` has every file's hash.

## Maintenance / 維持

公開した版は変わりません。取り下げは次の版の `tombstones.jsonl` に載ります（この版では {tombstones}）。
A release never changes. What is taken back is listed in `tombstones.jsonl` of the next one ({tombstones} here).
"""


TILES = """## References / 照合に使った回答

照合に使ったモデルの回答は入っていません。回答{references}件から抜いた、重ならない16文字（英数字だけなら26字）{count}片のハッシュ（`tiles16.u64`）だけが入っています。
ハッシュから文章を組み立てなおすことはできませんが、ある文がそこにあるかどうかは試せます。
The models' answers that the outputs were compared with are not here; hashes of {count} disjoint pieces of 16
characters, or 26 of letters alone, of {references} of them are. No text can be put together from them, but anyone can try whether one that they have is among them.

"""


def datasheet(manifest: dict[str, Any]) -> str:
    """Return the datasheet as Markdown in both languages."""
    is_chosen = bool(manifest["filters"])
    return SHEET.format(
        name=" ".join(manifest["name"].split()),
        public_key=manifest["public_key"],
        records=manifest["records"],
        chosen_ja="（選んだ条件はREADMEにあります）" if is_chosen else "",
        chosen_en=", as far as the README's conditions chose them" if is_chosen else "",
        split=", ".join(f"{side} {count}" for side, count in manifest["split"].items()),
        rows="\n".join(f"| {title} | {text} |" for title, text in making_rows(manifest)),
        tiles=TILES.format(**manifest["tiles"]) if manifest["tiles"] else "",
        tombstones=manifest["withdrawals"],
    )
