"""How verdicts are shown: a page (`html`), a terminal (`terminal`), code that shows one again (`snippet`).

Judges nothing: it takes records as they are. Each file is imported for itself, since only the page needs Jinja2.
"""
