"""The clean room: does a text overlap a model's answer, and did it grow as writing does?

Pure Python, numpy and rapidfuzz: nothing here knows Django, a database or a
clock, so that the web process, a job, the release verifier and an auditor get
the same answer from the same bytes. The door is `annotation.cleanroom.engine`.
"""
