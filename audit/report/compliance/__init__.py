"""How domains stand to the controls of a compliance profile, judged from their reports alone.

A report holds all that a control can rest on: which rules failed, held or could not be told, and the records. So one
that was written before a profile existed is judged by it without asking anybody. What was not seen never counts as
kept: a control rests on `met` results only, and of the rest it says what is missing.
"""
