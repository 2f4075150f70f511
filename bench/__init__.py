"""The benchmarks: each figure of ours beside its peer, measured in the same run on the same machine.

`python -m bench` measures all figures, prints them as a table and writes bench/RESULTS.md. A module is one
figure or a few: burst, memory and phone open one and the same lessons in `hocso serve` and in stock Voilà;
grading marks one and the same submissions with hocso.grading and with `nbgrader autograde`; score_on_screen
hands in quizzes to `hocso serve` and has no peer. Only
127.0.0.1 is spoken to, and whatever is written in between lies in temporary folders.
"""
