"""A small model that says what a report is about: learnt from texts with their category, answered without a library.

`learning` makes it (scikit-learn, by the command alone), `model` answers (plain numbers, nothing to load in the web),
`measuring` says how right it is, `shelf` keeps every version and which one is in use. It proposes and never acts.
"""
