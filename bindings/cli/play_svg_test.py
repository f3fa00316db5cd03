"""What `lastack play --svg` prints is XML to a parser that is not ours: play_svg_test.py LASTACK."""

import subprocess
import sys
import xml.etree.ElementTree as ElementTree

SVG = "{http://www.w3.org/2000/svg}"


def lastack(*arguments: str) -> str:
    return subprocess.run([sys.argv[1], "play", *arguments], check=True, capture_output=True, text=True).stdout


cases = [line.split()[0] for line in lastack("--list").splitlines()]
assert len(cases) > 20, cases
for case in cases:
    root = ElementTree.fromstring(lastack(case, "--svg", "--rules"))
    assert root.tag == SVG + "svg", (case, root.tag)
    described = root.attrib["aria-labelledby"].split()
    assert described == [root.find(SVG + what).attrib["id"] for what in ("title", "desc")], case
    segments = [text for text in root.iter(SVG + "text") if float(text.attrib.get("font-size", 0)) == 13]
    assert len(segments) > 2, case  # the names of the ends, and a segment
