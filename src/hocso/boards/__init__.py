"""What the apps in voila_apps/ are made of: boards of ipywidgets, filled with what our API says.

Runs in a kernel that a template has forked, as lessons do; knows no database. `show()` of a board's module is
all that its notebook calls; what must happen for each visitor is in `visits`.
"""
