"""`python drive.py TRAIN_PY RELEASE MODEL IDS`: run the page's program for three steps, and tell what it learned from.

Runs in the environment that trains, where nothing of Hitode is; the answer is the last line, as JSON.
"""

import json
import runpy
import sys

NOT_LEARNED = -100


def main(program: str, release: str, model: str, ids: str) -> None:
    sys.argv = [program, release, model, "tuned", "--steps", "3", "--without", ids]
    trainer = runpy.run_path(program)["trainer"]
    tokenizer = trainer.processing_class

    def learned(row: dict[str, list[int]]) -> str:
        return str(tokenizer.decode([token for token in row["labels"] if token != NOT_LEARNED]))

    found = {
        "read": [tokenizer.decode(row["input_ids"]) for row in trainer.train_dataset],
        "learned": {side: [learned(row) for row in rows] for side, rows in (
            ("train", trainer.train_dataset), ("test", trainer.eval_dataset),
        )},
        "losses": [told["loss"] for told in trainer.state.log_history if "loss" in told],
        "test_losses": [told["eval_loss"] for told in trainer.state.log_history if "eval_loss" in told],
    }  # fmt: skip
    print("\n" + json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
