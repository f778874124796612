"""`python tiny_model.py FOLDER`: a base model of two small layers with random weights, and a tokenizer of single bytes.

Runs in the environment that trains, where nothing of Hitode is.
"""

import sys

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

MARKS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def main(folder: str) -> None:
    signs = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *MARKS]
    letters = Tokenizer(models.BPE(vocab={sign: number for number, sign in enumerate(signs)}, merges=[]))
    letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    letters.decoder = decoders.ByteLevel()
    letters.add_special_tokens(MARKS)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=letters, eos_token=MARKS[0], pad_token=MARKS[0])
    tokenizer.save_pretrained(folder)
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=len(signs), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=2048, eos_token_id=len(signs) - 3, pad_token_id=len(signs) - 3, bos_token_id=None,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)


if __name__ == "__main__":
    main(sys.argv[1])
