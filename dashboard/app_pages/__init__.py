"""A folder per page, listed by `dashboard/app.py`: its script and its own parts.

Not called `pages`: Streamlit runs the scripts of a folder of that name by themselves,
without `app.py`, until `app.py` has run once.
"""
