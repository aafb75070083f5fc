"""One script per question; `dashboard/app.py` lists them.

Not called `pages`: Streamlit runs the scripts of a folder of that name by themselves,
without `app.py`, until `app.py` has run once.
"""
