import subprocess
import sys
from pathlib import Path

import dashboard

SCRIPT = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file(sys.argv[1], default_timeout=120).run()
assert not app.exception, app.exception
assert app.error, "the verdict is shown"
pages = "learning_curves confusion_matrix classes predicted_labels confidence runs"
pages += " images train load data story cure"
for page in pages.split():
    app.switch_page(f"app_pages/{page}/page.py").run()
    assert not app.exception, app.exception
print(sorted(sys.modules.keys() & {"tensorflow", "keras", "sklearn", "scipy"}))
"""


def test_the_pages_never_import_tensorflow(example):
    app = Path(dashboard.__file__).with_name("app.py")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(app)],
        env={"HIRISE_ARTIFACTS": str(example("collapsed")), "PATH": ""},
        cwd=app.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_pages_are_short_scripts_without_markup():
    pages = [*Path(dashboard.__file__).parent.joinpath("app_pages").glob("*/page.py")]
    assert len(pages) >= 10
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 100, page
        assert "unsafe_allow_html" not in text
        assert "st.html" not in text
        assert "st.cache" not in text
