"""The parts of the page that each domain repeats, written in Python: a template's macros took most of a run's time.

A part is a `Form`: markup of ours with gaps, and whatever fills a gap is escaped unless a form made it. What stands
once on a page is in `templates/`.
"""
