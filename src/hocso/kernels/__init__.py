"""Ready kernels: Jupyter kernels forked from a process in which the imports, or a whole lesson, are done.

    template.py     the process that is forked (`python -m hocso.kernels.template`), POSIX only
    kernel_app.py   ipykernel's application in two halves: before the fork, and after it
    notebook.py     runs a lesson in a template, and keeps what its cells showed
    nursery.py      the parent's side: starts templates, watches them, fetches kernels from them
    environment.py  what kernels and templates see of the asker's environment
    confinement.py  what a resident's kernel can't do: limits, Landlock, system calls that are refused
    provisioner.py  `hocso-ready`, the jupyter_client provisioner that the kernelspec `hocso` names

Knows nothing of learners or lessons' content; what is particular to a visit is done by a hook (see
`template.Visit`). Where there is no fork, or a template fails, ordinary kernels serve.
"""
