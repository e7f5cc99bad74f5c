"""The picture of learning curves."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from training.curves import Point
from training.picture import picture
from training.retrain import Counts


def test_picture_has_a_line_for_each_curve() -> None:
    """Each blog has a line for honest and one for partly wrong labels, and names can't break the picture."""
    points = [
        Point(blog=blog, labels=labels, wrong=wrong, fresh=fresh, old=fresh)
        for blog in ("a<b", "c")
        for wrong in (0.0, 0.1)
        for labels, fresh in (
            (0, Counts(spam=4, caught=1, ham=1, false=0)),
            (5, Counts(spam=4, caught=4, ham=1, false=0)),
        )
    ]
    drawn = ET.fromstring(picture(points))
    lines = [element for element in drawn.iter() if element.tag.endswith("polyline")]
    assert len(lines) == 4
    assert sum("stroke-dasharray" in line.attrib for line in lines) == 2
