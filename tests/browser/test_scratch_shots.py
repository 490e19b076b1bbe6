"""scratch"""
import os, time, re, pytest
from tests.browser.test_every_page import *
from tests.browser.test_every_page import opened
ONLY = os.environ.get("ONLY", "")
OUT = "/tmp/shots_bt"
os.makedirs(OUT, exist_ok=True)
for n in [n for n in globals() if n.startswith("test_")]: del globals()[n]
def _picked(): return [l for l in PAGES if re.search(ONLY, l.name)]
@pytest.mark.parametrize("look", _picked(), ids=lambda l: l.name)
@pytest.mark.parametrize("language", os.environ.get("LANGS", "en").split(","))
def test_x(opened, system, look, language):
    t=time.time()
    reader = opened(look, language); page = reader.page
    show(page, PHONE, "light")
    answer = reader.open(look.path.format(system.stage["cases"].get(look.case)))
    name = re.sub(r"\W+", "_", look.name)
    if look.act: look.act(page)
    faults = {}
    for size, theme, rules in ((PHONE, "dark", EVERYTHING), (DESKTOP, "light", COLOURS_AND_SIZES)):
        show(page, size, theme)
        t2=time.time()
        wide = wider_than_the_screen(page)
        faults[size["width"], theme] = ([f"{wide} too wide"] if wide>0 else []) + barriers(page, rules)
        page.screenshot(path=f"{OUT}/{name}-{language}-{size['width']}.png", full_page=bool(os.environ.get("FULL", "1") == "1"))
    print("\nTOOK", look.name, round(time.time()-t,1))
    assert answer.status == look.status
    assert {k: v for k, v in faults.items() if v} == {}
    assert reader.complaints == []
