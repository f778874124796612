"""The checks beside the text: pure functions from a text and its task to remarks for the writer.

A remark never decides anything about a text; what an order wants settled before a text is sent is said by the order.
The door is `annotation.proofreading.proofread`.
"""
