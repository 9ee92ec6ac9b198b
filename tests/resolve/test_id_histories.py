"""Ids of incidents through long histories: many small worlds, each with curators and sources that change their minds.

Every world goes through the same number of releases. In each, records are added, removed, renamed, brought back,
merged, split and moved; which rows come first and what clusters are called is chance. What the ids must be is
worked out here once more in plain Python, record by record, from the rules that docs/decisions.md names.

The worlds share no record and no id, so that one query decides them all.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.compare.difference import IdChange
from pipeline.schema import Schema
from tests.resolve.published import History, assigned, changed, is_entry, own_id, precedence, publish

WORLDS, RELEASES = 400, 7
WHY = "a curator says so"


@dataclass
class World:
    """Some records in clusters, what is published of them, and what curators wrote of ids that went."""

    number: int
    history: History = field(default_factory=History)
    clusters: dict[str, str] = field(default_factory=dict)
    written: list[IdChange] = field(default_factory=list)
    made: int = 0
    met: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.number)

    def new(self, source: str) -> str:
        """A record that never was, in a cluster of its own."""
        self.made += 1
        of = "i-" if source == "curated" else ""
        record = f"{source}:{of}{self.chance.randrange(10)}w{self.number}n{self.made}"
        self.clusters[record] = record
        return record

    def some(self, *, entries: bool | None = None) -> str | None:
        found = [each for each in self.clusters if entries is None or is_entry(each) == entries]
        return self.chance.choice(found) if found else None

    # what happens between two releases

    def add(self) -> None:
        self.new(self.chance.choice(("curated", "ucdp", "other")))

    def link(self) -> None:
        """Two clusters become one."""
        one, other = self.some(), self.some()
        if one and other:
            name = self.clusters[one]
            self.clusters = {each: self.clusters[other] if c == name else c for each, c in self.clusters.items()}

    def split(self) -> None:
        """A cluster falls apart into two or three."""
        one = self.some()
        for record, name in list(self.clusters.items()):
            if one and name == self.clusters[one]:
                self.clusters[record] = f"{name} {self.chance.randrange(3)}"

    def move(self) -> None:
        one, other = self.some(), self.some()
        if one and other:
            self.clusters[one] = self.clusters[other]

    def lose(self) -> None:
        """A source no longer has a record."""
        gone = self.some(entries=False)
        if gone:
            del self.clusters[gone]

    def take_out(self) -> None:
        """A curator removes an entry, and may say that its incident is another one, is in others, or is none."""
        gone = self.some(entries=True)
        if gone is None:
            return
        name = self.clusters.pop(gone)
        published = self.history.incidents.get(gone)
        heir = self.some()
        if published and self.chance.random() < 0.6:
            new_id = self.history.incidents.get(heir) if heir and self.chance.random() < 0.7 else None
            self.say(published, new_id)
            if new_id and heir and self.chance.random() < 0.5:
                self.clusters = {each: self.clusters[heir] if c == name else c for each, c in self.clusters.items()}

    def rename(self) -> None:
        """An entry gets another id of its own."""
        old = self.some(entries=True)
        if old is None:
            return
        new = self.new("curated")
        self.clusters[new] = self.clusters.pop(old)
        published = self.history.incidents.get(old)
        if published and self.chance.random() < 0.8:
            self.say(published, own_id(new))

    def bring_back(self) -> None:
        """A record that an earlier release had stands again."""
        gone = sorted(self.met - set(self.clusters))
        if gone:
            record = self.chance.choice(gone)
            self.clusters[record] = record

    def say(self, old_id: str, new_id: str | None) -> None:
        if old_id not in {change.old_id for change in self.pending} and old_id != new_id:
            reason = f"{WHY}, for {self.history.version}"
            kind = "retired" if new_id is None else self.chance.choice(("merged", "merged", "split"))
            self.written.append(IdChange(old_id, new_id, kind, reason))

    @property
    def ever(self) -> set[str]:
        """Ids that were published."""
        return {change.old_id for change in self.history.id_changes} | set(self.history.first_release)

    @property
    def pending(self) -> list[IdChange]:
        return [change for change in self.written if change not in self.history.id_changes]

    def happen(self) -> None:
        """What lies between two releases, and what `compare` lets pass of what curators wrote about it."""
        self.met |= set(self.history.incidents)
        for _ in range(self.chance.randrange(1, 6) if self.history.releases else 8):
            weights = (4, 3, 2, 1, 1, 2, 1, 1) if self.history.releases else (6, 4, 0, 0, 0, 0, 0, 0)
            steps = (self.add, self.link, self.split, self.move, self.lose, self.take_out, self.rename, self.bring_back)
            self.chance.choices(steps, weights)[0]()
        for _ in range(20):  # a row may not say that an id is gone which stands, nor that one stands which is not there
            present = set(expected(self).values())
            fine = [c for c in self.pending if c.new_id is None or c.new_id in present]
            fine = [c for c in fine if c.kind == "split" or c.old_id not in present]
            # an entry that went and left nothing: a curator says so
            left = {self.history.incidents[each] for each in self.history.incidents if is_entry(each)}
            left -= present | {c.old_id for c in fine}
            left -= {self.history.incidents[each] for each in self.clusters if each in self.history.incidents}
            fine += [IdChange(each, None, "retired", f"{WHY}, for {self.history.version}") for each in sorted(left)]
            if fine == self.pending:
                return
            self.written = [c for c in self.written if c in self.history.id_changes] + fine
        raise AssertionError(f"what curators write comes to no end: {told(self)}")


def expected(world: World) -> dict[str, str]:
    """The incident of every record, by the rules, record by record."""
    history, instead = world.history, {c.old_id: c.new_id for c in world.pending if c.kind != "split"}
    follows = {record: instead.get(name, name) for record, name in history.incidents.items()}
    had = {record: name for record, name in follows.items() if name is not None and name in history.first_release}
    groups: dict[str, list[str]] = {}
    for record in sorted(world.clusters, key=precedence):
        groups.setdefault(world.clusters[record], []).append(record)
    wishes: dict[str, list[tuple[int, int, bool, str, str]]] = {}
    for name, records in groups.items():
        counts = Counter(had[record] for record in records if record in had)
        if counts:
            most = [each for each in counts if counts[each] == max(counts.values())]
            oldest = min(_number(history.first_release[each]) for each in most)
            most = [each for each in most if _number(history.first_release[each]) == oldest]
            wish = next(had[record] for record in records if had.get(record) in most)
            first = next(precedence(record) for record in records if had.get(record) == wish)
            has_entry = any(is_entry(record) and own_id(record) == wish == had.get(record) for record in records)
            own = sum(
                history.incidents.get(record) == wish for record in records
            )  # not by a merger that curators wrote
            wishes.setdefault(wish, []).append((-own, -counts[wish], not has_entry, first, name))
    found = {min(contenders)[-1]: wish for wish, contenders in wishes.items()}
    for name, records in groups.items():
        if name not in found:
            found[name] = _new_id(world, records)
    return {record: found[name] for record, name in world.clusters.items()}


def _new_id(world: World, records: Sequence[str]) -> str:
    entry = next((record for record in records if is_entry(record)), None)
    if entry is not None:
        came_back = entry not in world.history.incidents and own_id(entry) not in world.history.first_release
        if came_back or own_id(entry) not in world.ever:
            return own_id(entry)
    plain = f"i-{hashlib.md5(records[0].encode()).hexdigest()[:16]}"
    again = f"i-{hashlib.md5(f'{records[0]}|{world.history.last}'.encode()).hexdigest()[:16]}"
    return again if plain in world.ever else plain


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def became(world: World, incidents: Mapping[str, str]) -> set[tuple[str, str | None, str]]:
    """What is to be told of the ids of the last release, but for what curators told themselves."""
    told: set[tuple[str, str | None, str]] = set()
    for old_id in set(world.history.incidents.values()) - {change.old_id for change in world.pending}:
        records = [record for record, name in world.history.incidents.items() if name == old_id]
        heirs = {incidents[record] for record in records if record in incidents} - {old_id}
        lives = old_id in incidents.values()
        if heirs:
            kind = "split" if lives or len(heirs) > 1 else "merged"
            told |= {(old_id, heir, kind) for heir in heirs}
        elif not lives and not any(is_entry(record) for record in records):
            told.add((old_id, None, "retired"))
    return told


def together(worlds: Sequence[World]) -> tuple[dict[str, str], History, list[IdChange]]:
    """All worlds as one."""
    whole = History(releases=worlds[0].history.releases)
    clusters: dict[str, str] = {}
    for world in worlds:
        clusters |= {record: f"{world.number} {name}" for record, name in world.clusters.items()}
        whole.incidents |= world.history.incidents
        whole.first_release |= world.history.first_release
        whole.id_changes += world.history.id_changes
    return clusters, whole, [change for world in worlds for change in world.written]


def shuffled(clusters: Mapping[str, str], chance: random.Random) -> tuple[list[str], dict[str, str]]:
    """The same records in another order, and the same clusters by other names."""
    order = chance.sample(sorted(clusters), len(clusters))
    names = sorted(set(clusters.values()))
    others = dict(zip(names, chance.sample(names, len(names)), strict=True))
    return order, {record: others[name] for record, name in clusters.items()}


def test_through_releases_no_id_is_lost_moved_or_used_again(schema: Schema) -> None:
    chance, worlds = random.Random(0), [World(number) for number in range(WORLDS)]
    kinds: Counter[str] = Counter()
    for _ in range(RELEASES):
        for world in worlds:
            world.happen()
        clusters, whole, written = together(worlds)
        order, renamed = shuffled(clusters, chance)
        found = assigned(renamed, whole, order=order, threads=1, written=written)
        assert assigned(clusters, whole, written=written) == found, "another order or number of threads, other ids"
        changes = changed(schema, whole.incidents, found, {each.old_id for w in worlds for each in w.pending})
        after: dict[str, str] = {}
        for world in worlds:
            own = {record: found[record] for record in world.clusters}
            assert own == expected(world), told(world)
            of_world = [c for c in changes if c.old_id in set(world.history.incidents.values())]
            assert {(c.old_id, c.new_id, c.kind) for c in of_world} == became(world, own), told(world)
            holds(world, own, [*world.pending, *of_world])
            kinds.update(c.kind for c in of_world)
            publish(world.history, own, [*world.pending, *of_world])
            after |= own
        clusters, whole, written = together(worlds)
        assert assigned(clusters, whole, written=written) == after, "after the release the same build gives other ids"
    assert min(kinds[kind] for kind in ("merged", "split", "retired")) > WORLDS / 2, "the worlds stand still"


def holds(world: World, incidents: Mapping[str, str], changes: Sequence[IdChange]) -> None:
    """What users of ids rely on, whatever the rules are."""
    before, now = _groups(world.history.incidents), _groups(incidents)
    same = before.keys() & now.keys()
    untouched = {records for records in same if before[records] not in {c.old_id for c in world.pending}}
    assert {r: now[r] for r in untouched} == {r: before[r] for r in untouched}, f"an id moved: {told(world)}"
    for records, name in now.items():
        if name in world.history.first_release:
            heirs = {c.old_id for c in world.pending if c.new_id == name} | {name}
            assert any(world.history.incidents.get(record) in heirs for record in records), f"{name}: {told(world)}"
        elif name in world.ever:
            back = f"curated:{name}"
            assert back in records, f"{name} is used again: {told(world)}"
            assert back not in world.history.incidents, f"{name} is used again: {told(world)}"
    once = [change.old_id for change in changes if change.kind != "split"]
    assert len(once) == len(set(once)), f"two things are said of one id: {told(world)}"
    vanished = set(before.values()) - set(now.values())
    assert vanished <= {c.old_id for c in changes}, f"nothing says what became of an id: {told(world)}"
    assert set(once) <= vanished, f"an id that stands is said to be gone: {told(world)}"
    assert {c.new_id for c in changes if c.new_id} <= set(now.values()), told(world)


def told(world: World) -> str:
    return f"world {world.number}: {world.history}, now {world.clusters}, {world.pending}"


def _groups(clusters: Mapping[str, str]) -> dict[frozenset[str], str]:
    """The records of every incident, with its id."""
    members: dict[str, set[str]] = {}
    for record, name in clusters.items():
        members.setdefault(name, set()).add(record)
    return {frozenset(records): name for name, records in members.items()}
