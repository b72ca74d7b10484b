"""Scenes of the videos: a person who signs, speaks, listens or exercises, or something else altogether."""

import cv2
import numpy as np

from signwild.demo import movements
from signwild.demo.camera import Paint, Stage
from signwild.demo.drawing import Colour, disc, ellipse, limb, polygon, shade, stroke
from signwild.demo.movements import SHAPES, Motion, drift
from signwild.demo.people import build_person, draw_look, paint_hand, paint_head, paint_person

OTHER_SCENES = ("listener", "hands at work", "walker", "titles", "hand exercises", "empty")
"""Scenes of the videos of class *other*, in turn."""

WORDS = ("Amber", "Basin", "Copper", "Ember", "Forest", "Harbour", "Island", "Jasmine", "Lantern", "Meadow", "Orchard")

TROUSERS, SHOES = (70, 55, 50), (30, 30, 30)
HANDLE, GRIP = np.array([0.3, 0.45]), np.array([0.2, 0.45])
"""End of the spoon, and wrist of the hand holding it."""


def portray(rng: np.random.Generator, stage: Stage, tone: int, motion: Motion) -> Paint:
    """Return a painter of a person from the waist up, with skin tone ``tone``, who moves by ``motion``."""
    width, height = stage.size
    unit = rng.uniform(0.28, 0.31) * min(stage.size)
    person = build_person(draw_look(rng, tone), unit)
    crown = rng.uniform(0.05, 0.1) * height + max(0.0, height - 1.2 * width) * 0.3
    origin = np.array([width * rng.uniform(0.46, 0.54), crown + 1.35 * unit])

    def paint(image: np.ndarray, index: int) -> None:
        paint_person(image, person, motion, index, stage.place(origin, index), stage.zoom[index])

    return paint


def other_scene(kind: str, rng: np.random.Generator, stage: Stage, tone: int, times: np.ndarray) -> Paint:
    """Return a painter of one of the ``OTHER_SCENES``, with frames at ``times`` (n,), in seconds."""
    match kind:
        case "listener":
            return portray(rng, stage, tone, movements.listening(rng, times))
        case "hand exercises":
            return portray(rng, stage, tone, movements.exercising(rng, times))
        case "hands at work":
            return _hands_at_work(rng, stage, tone, times)
        case "walker":
            return _walker(rng, stage, tone, times)
        case "titles":
            return _titles(rng, stage, times)
    return _empty(rng, stage, times)


def _hands_at_work(rng: np.random.Generator, stage: Stage, tone: int, times: np.ndarray) -> Paint:
    """Return a painter of two hands over a table: one holds a bowl, the other stirs, and sometimes adds something."""
    width, height = stage.size
    unit = 0.42 * min(stage.size)
    person = build_person(draw_look(rng, tone), unit)
    wood, bowl = tuple(rng.uniform(60, 150, 3)), tuple(rng.uniform(120, 220, 3))
    table = np.array([[-0.2, 0.25], [1.2, 0.25], [1.2, 1.3], [-0.2, 1.3]]) * stage.size
    middle = np.array([0.5 * width, 0.55 * height])
    phase = 2 * np.pi * (rng.uniform(1.1, 1.6) * times + drift(rng, times, 0.3, 0.3))
    away = np.clip(drift(rng, times, 1.2, 0.25), 0, 1)
    stirring = np.column_stack([np.cos(phase), 0.5 * np.sin(phase)]) * 0.22 * unit + (0.3 * unit, 0.1 * unit)
    stirring += away[:, None] * np.array([0.9, 0.3]) * unit
    holding = np.column_stack([drift(rng, times, 3, 0.8), drift(rng, times, 2, 0.8)]) - (0.75 * unit, -0.25 * unit)
    hands = [
        np.array([0, 0, 0.3, 0.75, 0.6, *SHAPES["claw"]]),
        np.array([0, 0, 0.3, 0.6, 0.5, *SHAPES["fist"]]),
    ]

    def paint(image: np.ndarray, index: int) -> None:
        zoom = stage.zoom[index]
        polygon(image, stage.place(table, index), wood)
        centre = stage.place(middle, index)
        for share, colour in ((0.75, shade(bowl, 0.6)), (0.7, bowl), (0.6, (70, 110, 150))):
            ellipse(image, tuple(centre), (share * unit * zoom, share * 0.7 * unit * zoom), colour)
        spoon = stage.place(middle + stirring[index] - (0.15 * unit, 0.05 * unit), index)
        stroke(image, np.array([spoon + unit * HANDLE, spoon]), 0.07 * unit, (150, 170, 180))
        for side, offset in ((0, holding[index]), (1, stirring[index] + unit * GRIP)):
            wrist = stage.place(middle + offset, index)
            elbow = stage.place(np.array([(0.12, 0.88)[side] * width, 1.25 * height]), index)
            limb(image, elbow, wrist, (0.24 * unit, 0.15 * unit), person.look.clothes)
            paint_hand(image, wrist, hands[side], side, unit * zoom, person.head.skin)

    return paint


def _walker(rng: np.random.Generator, stage: Stage, tone: int, times: np.ndarray) -> Paint:
    """Return a painter of someone who walks across the picture and comes back."""
    width, height = stage.size
    unit = 0.13 * height
    person = build_person(draw_look(rng, tone), unit)
    crossing = rng.uniform(3.5, 5.0)
    triangle = 2 * np.abs((times / crossing + rng.uniform(0, 0.4)) % 2 - 1) - 1
    across = width * (0.5 - 0.72 * triangle)
    heading = np.sign(np.gradient(across, times))
    gait = 2 * np.pi * times * rng.uniform(0.85, 1.05)

    def paint(image: np.ndarray, index: int) -> None:
        scale, forwards, step = unit * stage.zoom[index], heading[index], np.sin(gait[index])
        neck = stage.place((across[index], 0.3 * height + 0.04 * unit * np.cos(2 * gait[index])), index)
        hip, shoulder, chest = neck + scale * np.array([[0, 2.4], [0, 0.3], [0, 0.4]])

        def chain(
            start: np.ndarray, length: float, angles: tuple[float, float], radius: float, colour: Colour
        ) -> np.ndarray:
            """Draw two limbs of equal length from ``start``, at angles from straight down; return where they end."""
            joint = start + scale * length * np.array([np.sin(angles[0]), np.cos(angles[0])])
            end = joint + scale * length * np.array([np.sin(angles[1]), np.cos(angles[1])])
            limb(image, start, joint, (radius * scale, 0.75 * radius * scale), colour)
            limb(image, joint, end, (0.7 * radius * scale, 0.45 * radius * scale), colour)
            return end

        for side, light in ((-1, 0.75), (1, 1.0)):
            thigh = 0.5 * side * step
            lifting = 0.7 * forwards * max(0.0, side * np.cos(gait[index]))
            foot = chain(hip, 1.7, (thigh, thigh - lifting), 0.32, shade(TROUSERS, light))
            toes = foot + scale * np.array([0.4 * forwards, 0.05])
            limb(image, foot, toes, (0.14 * scale, 0.1 * scale), SHOES)
        limb(image, chest, hip, (0.42 * scale, 0.36 * scale), person.look.clothes)
        paint_head(image, person, np.array([0.0, 0.0, 0.0, 2.0 * forwards, 0.0, 0.0]), neck, stage.zoom[index])
        bent = 0.25 * forwards - 0.5 * step
        hand = chain(shoulder, 1.15, (-0.4 * step, bent), 0.2, shade(person.look.clothes, 1.1))
        disc(image, hand, 0.15 * scale, person.head.skin)

    return paint


def _titles(rng: np.random.Generator, stage: Stage, times: np.ndarray) -> Paint:
    """Return a painter of a title that fades in and out, then credits that scroll."""
    width, height = stage.size
    letters = width / 480
    line, speed = 46 * letters, 40 * letters
    title = " ".join(rng.choice(WORDS, 2, replace=False))
    lines = [" ".join(rng.choice(WORDS, rng.integers(2, 4))) for _ in range(int(times[-1] * speed / line) + 2)]
    opening = 0.3 * times[-1]
    dim = rng.uniform(0.25, 0.6)
    ink = tuple(rng.uniform(200, 255, 3))

    def write(image: np.ndarray, text: str, y: float, scale: float, strength: float) -> None:
        (wide, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, scale, 1)
        corner = (round((width - wide) / 2), round(y))
        light = np.zeros_like(image)
        cv2.putText(light, text, corner, cv2.FONT_HERSHEY_DUPLEX, scale, shade(ink, strength), 1, cv2.LINE_AA)
        cv2.add(image, light, dst=image)

    def paint(image: np.ndarray, index: int) -> None:
        image[:] = cv2.convertScaleAbs(image, alpha=dim)
        seconds = times[index]
        if seconds < opening:
            write(image, title, height / 2, 1.3 * letters, np.sin(np.pi * seconds / opening))
            return
        for number, text in enumerate(lines):
            write(image, text, height + number * line - (seconds - opening) * 2 * speed, 0.8 * letters, 1.0)

    return paint


def _empty(rng: np.random.Generator, stage: Stage, times: np.ndarray) -> Paint:
    """Return a painter of an empty room: a plant sways a little, a clock's pendulum swings."""
    width, height = stage.size
    unit = 0.1 * min(stage.size)
    pot = np.array([rng.uniform(0.2, 0.35) * width, 0.9 * height])
    clock = np.array([rng.uniform(0.65, 0.8) * width, 0.3 * height])
    leaves = rng.uniform((-0.8, 2.0), (0.8, 5.0), (9, 2)) * unit
    sway = drift(rng, times, 0.12, 0.5)
    swing = 0.35 * np.sin(2 * np.pi * 0.8 * times)

    def paint(image: np.ndarray, index: int) -> None:
        scale = stage.zoom[index]
        root = stage.place(pot, index)
        for x, y in leaves:
            tip = root + scale * np.array([x * 2 + sway[index] * y, -y])
            limb(image, root, tip, (0.12 * unit, 0.3 * unit), (60, 120, 70))
        polygon(
            image, root + np.array([[-1.1, -0.6], [1.1, -0.6], [0.8, 1.2], [-0.8, 1.2]]) * unit * scale, (60, 80, 150)
        )
        pivot = stage.place(clock, index)
        bob = pivot + scale * unit * 2.4 * np.array([np.sin(swing[index]), np.cos(swing[index])])
        stroke(image, np.array([pivot, bob]), 2, (30, 40, 60))
        disc(image, bob, 0.35 * unit * scale, (60, 170, 200))
        disc(image, pivot, 1.1 * unit * scale, (50, 70, 90))
        disc(image, pivot, 0.95 * unit * scale, (225, 230, 230))

    return paint
