"""What machines read about a release: Croissant, the Data Provenance Standards, and LLaMA-Factory's list of datasets."""

import re
from typing import Any

import orjson

from annotation.release.record_lines import FORMS, RECORD_FIELDS, SIDES, data_path

DESCRIPTION = (
    "Instructions, and outputs that people wrote by hand. Each record says how it was made; anyone can check the bytes."
)
CROISSANT = "http://mlcommons.org/croissant/"
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": CROISSANT,
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
FIELDS = {
    "id": "The record's id; it never changes.",
    "instruction": "What was asked.",
    "input": "The text that the instruction is about; often empty.",
    "output": "What a person wrote.",
    "language": "The language of the record, as a code.",
    "category": "The kind of task; may be empty.",
    "source": "Where the instruction comes from: a participant, or a licensed import.",
    "licence": "The licence of an imported instruction; empty where the participant's terms hold.",
}


def papers(manifest: dict[str, Any]) -> dict[str, bytes]:
    """Return the papers by path, as JSON for people's eyes too."""
    found = {
        "croissant.json": croissant(manifest),
        "data-provenance.json": data_provenance(manifest),
        "dataset_info.json": dataset_info(manifest),
    }
    return {path: orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n" for path, value in found.items()}


def croissant(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the release as Croissant 1.0 describes datasets: its files with their hashes, and the fields of a record."""
    listed = {one["path"]: one for one in manifest["files"]}
    sides = [side for side in SIDES if data_path(side) in listed]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": f"{CROISSANT}1.0",
        "name": re.sub(r"[^0-9A-Za-z_-]+", "-", manifest["name"]).strip("-") or "release",
        "description": DESCRIPTION,
        "inLanguage": sorted(manifest["counts"]["language"]),
        "isAccessibleForFree": True,
        "isLiveDataset": False,
        "rai:dataCollection": "Instructions from consenting visitors or under a licence; outputs written by hand under contract.",
        "rai:dataReleaseMaintenancePlan": "A release never changes. What is taken back is listed in the next one.",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": f"{side}-file",
                "name": f"{side}-file",
                "contentUrl": data_path(side),
                "contentSize": f"{listed[data_path(side)]['bytes']} B",
                "encodingFormat": "application/jsonlines",
                "sha256": listed[data_path(side)]["sha256"],
            }
            for side in sides
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": side,
                "name": side,
                "key": {"@id": f"{side}/id"},
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": f"{side}/{name}",
                        "name": name,
                        "description": FIELDS[name],
                        "dataType": "sc:Text",
                        "source": {"fileObject": {"@id": f"{side}-file"}, "extract": {"column": name}},
                    }
                    for name in RECORD_FIELDS
                ],
            }
            for side in sides
        ],
    }


def data_provenance(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return what the Data Provenance Standards ask: where the data is from, how it came about, and how it may be used."""
    written = manifest["figures"]["records"]["written"]
    return {
        "source": {
            "dataset_title": manifest["name"],
            "unique_metadata_identifier": f"hitode:{manifest['merkle_root']}",
            "metadata_location": "MANIFEST.json",
            "dataset_issuer": f"ed25519:{manifest['public_key']}",
            "description": DESCRIPTION,
        },
        "provenance": {
            "source_metadata_for_dataset": "provenance/records.jsonl",
            "data_origin_geography": "not recorded",
            "dataset_creation_period": written,
            "data_format": "JSON Lines, Parquet and CSV; UTF-8",
            "method": "Outputs: human-generated. Instructions: by source, see counts.source in MANIFEST.json.",
            "is_synthetic": False,
        },
        "use": {
            "confidentiality_classification": "public",
            "consent_documentation_location": "terms and agreement of each record in provenance/records.jsonl",
            "privacy_enhancing_technologies": "none; texts with personal data are kept out, people appear as pseudonyms",
            "data_processing_geography": "not recorded",
            "license_to_use": "by record: licence in the data, or the terms its participant consented to",
            "intended_data_use": "training and evaluating language models, commercial use included",
        },
    }


def dataset_info(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the entries by which LLaMA-Factory finds the files of this folder."""
    columns = {"prompt": "instruction", "query": "input", "response": "output"}
    found: dict[str, Any] = {}
    for side in SIDES:
        if any(one["path"] == data_path(side) for one in manifest["files"]):
            found[f"hitode_{side}"] = {"file_name": data_path(side), "columns": columns}
            found[f"hitode_{side}_sharegpt"] = {
                "file_name": FORMS["sharegpt"].path(side),
                "formatting": "sharegpt",
                "columns": {"messages": "conversations"},
            }
    return found
