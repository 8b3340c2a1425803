"""What generated programs are made of, feature by feature. What stands in braces is drawn."""

from __future__ import annotations

_MEMORY = (
    "d = harness.tracked({'x': 0}, name='d')",
    "l = harness.tracked([0], name='l')",
    "s = harness.tracked(set([0]), name='s')",
    "o = harness.tracked(Box(), name='o')",
)

#: Lines before the tasks.
SETUP: dict[str, tuple[str, ...]] = {
    "cell": (
        "a = Cell(0, name='a')",
        "b = Cell(0, name='b')",
        "c = Cell({value}, name='c')",
    ),
    "mutex": ("m = Mutex(name='m')", "n = Mutex(name='n')"),
    "lock": ("lock = trio.Lock()",),
    "semaphore": ("semaphore = trio.Semaphore({permits})",),
    "limiter": ("limiter = trio.CapacityLimiter(1)",),
    "event": ("e = trio.Event()",),
    "condition": ("condition = trio.Condition()",),
    "channel": ("sending, receiving = trio.open_memory_channel({slots})",),
    "scope": ("s0 = trio.CancelScope({shield})", "s1 = trio.CancelScope({shield})"),
    "flag": ("f = world.flag('f')",),
    "link": ("left, right = world.link('link')",),
    "row": ("db = world.database('db', {'x': 0})",),
    "tracked": _MEMORY,
    "own memory": _MEMORY,
}

#: Accesses within one step.
INSTANT = (
    "v = see({cell}.get())",
    "v = see({cell}.get())",
    "{cell}.set({value})",
    "{cell}.set(up(v))",
    "{cell}.set(up({cell}.get()))",
)

#: Accesses of plain memory that is tracked.
TRACKED = (
    "v = see(d.get({key}))",
    "v = see(d.get({key}))",
    "d[{key}] = {value}",
    "d[{key}] = up(v)",
    "d[{key}] = up(d.get({key}))",
    "see({key} in d)",
    "see(list(d))",
    "see(len(d))",
    "see(d.pop({key}, 'none'))",
    "see(d.setdefault({key}, {value}))",
    "d.update(x={value}, y=v)",
    "d.clear()",
    "see(sorted(d.values(), key=repr))",
    "see(list(d.items()))",
    "l.append({value})",
    "l.append(up(v))",
    "l.insert(0, {value})",
    "l.extend([v, {value}])",
    "see(l)",
    "see({value} in l)",
    "see(l.count({value}) if l else len(l))",
    "see(l[:1])",
    "del l[1:]",
    "l.reverse()",
    "l.sort(key=repr)",
    "s.add({value})",
    "s.discard({value})",
    "see({value} in s)",
    "see(len(s))",
    "see(s | set([9]))",
    "s.update([v, {value}])",
    "s.difference_update([{value}])",
    "v = see(o.x)",
    "v = see(o.x)",
    "o.x = {value}",
    "o.x = up(v)",
    "o.y = {value}",
    "see(o.bump())",
    "see(getattr(o, 'y', 'none'))",
    "see(sorted(vars(o)))",
    "see(o.double)",
    "o.things.append({value})",
    "see(o.things)",
    "o.things = [{value}]",
    "d[{key}] = o.things",
    "see(o == Box())",
)

#: Such that may raise.
FAILING = (
    "v = see(d[{key}])",
    "del d[{key}]",
    "see(d.popitem())",
    "v = see(l[{value}])",
    "v = see(l[-1])",
    "l[{value}] = {value}",
    "see(l.pop())",
    "l.remove({value})",
    "see(l.index({value}))",
    "see(s.pop())",
    "s.remove({value})",
    "del o.y",
    "d[{key}].append({value})",
)

LINES: dict[str, tuple[str, ...]] = {
    "cell": (
        "v = see(await {cell}.read())",
        "v = see(await {cell}.read())",
        "await {cell}.write({value})",
        "await {cell}.write(up(v))",
        "see(await {cell}.compare_exchange({value}, {value}))",
        "see(await {cell}.add(1))",
    ),
    "instant": INSTANT,
    "pause": ("await trio.lowlevel.checkpoint()",),
    "mutex": ("see({mutex}.locked())",),
    "lock": ("see({lock}.locked())",),
    "semaphore": (
        "with noted(): semaphore.release()",
        "await semaphore.acquire()",
        "with noted(): semaphore.acquire_nowait()",
    ),
    "limiter": ("with noted(): limiter.acquire_nowait()", "limiter.total_tokens = {permits} + 1"),
    "event": ("e.set()", "await e.wait(); v = see({cell}.get())", "see(e.is_set())"),
    "condition": (
        "async with condition: await condition.wait(); v = see(a.get())",
        "async with condition: condition.notify_all()",
        "async with condition: condition.notify(1)",
    ),
    "channel": (
        "with noted(): await sending.send({value})",
        "with noted(): await sending.send(up(v))",
        "with noted(): v = see(await receiving.receive())",
        "with noted(): v = see(await receiving.receive())",
        "with noted(): sending.send_nowait({value})",
        "with noted(): v = see(receiving.receive_nowait())",
        "sending.close()",
        "receiving.close()",
        "see(sending.statistics().current_buffer_used)",
    ),
    "scope": (
        "{scope}.cancel()",
        "{scope}.cancel()",
        "{scope}.shield = True",
        "see({scope}.cancel_called)",
        "await trio.lowlevel.checkpoint_if_cancelled()",
    ),
    "scope at rest": (
        "{scope}.deadline = -1.0",
        "{scope}.deadline = trio.current_time() + {value}",
        "see({scope}.deadline < 9)",
        "see({scope}.cancelled_caught)",
        "see({scope}.is_relative)",
    ),
    "count": (
        "see(e.statistics().tasks_waiting)",
        "see(len(nursery.child_tasks))",
    ),
    "link": (
        "await left.send({value})",
        "await left.send(up(v))",
        "with noted(): v = see(await right.receive())",
        "with noted(): v = see(await right.receive())",
    ),
    "drop": (
        "with noted(): await db.rollback(await db.snapshot())",
        "db.node.fence()",
        "db.node.kill()",
        "see(db.node.up)",
        "db.reconnect()",
    ),
    "clock": ("see(world.now)",),
    "time": ("await trio.sleep({seconds})", "await trio.sleep(0)"),
    "raise": ("raise Boom", "raise Bang"),
    "choose": ("v = see(world.choose('which', [0, 1]))",),
    "sometimes": ("world.sometimes('here')", "world.sometimes('one', v == 1)"),
    "flag": ("await f.set()", "await f.wait()", "see(await f.is_set())"),
    "row": (
        "v = see(await db.get({key}))",
        "await db.put({key}, {value})",
        "await db.put({key}, up(v))",
        "see(await db.update({key}, up))",
        "see(await db.delete({key}))",
        "see(sorted((await db.scan()).items()))",
        "see(sorted((await db.scan(lambda key, value: value > 0)).items()))",
    ),
    "in transaction": (
        "v = see(await t.get({key}))",
        "v = see(await t.get_for_update({key}))",
        "await t.put({key}, {value})",
        "await t.put({key}, up(v))",
        "see(await t.update({key}, up))",
        "see(sorted((await t.scan()).items()))",
        "await {cell}.write(up(v))",
    ),
    "tracked": (
        *(f"await trio.lowlevel.checkpoint(); {access}" for access in TRACKED),
        *(f"with noted(): await trio.lowlevel.checkpoint(); {access}" for access in FAILING),
    ),
    "tracked at once": (*TRACKED, *(f"with noted(): {access}" for access in FAILING)),
    "process": ("await trio.lowlevel.checkpoint(); {process}.kill()", "see({process}.alive)"),
    "life": (
        "see((await {process}.wait()).kind)",
        "await {process}.restart()",
        "see((await {process}.terminate(grace_s=1)).kind)",
    ),
}

#: The line above a block, and the one after it.
BLOCKS: dict[str, tuple[tuple[str, str], ...]] = {
    "cell": (("if v == {value}:", ""), ("if see(await {cell}.read()) == {value}:", "")),
    "mutex": (("async with {mutex}:", ""),),
    "lock": (("async with {lock}:", ""),),
    "semaphore": (("async with semaphore:", ""),),
    "limiter": (("async with limiter:", ""),),
    "condition": (("async with condition:", ""),),
    "nursery": (("async with trio.open_nursery() as nursery:", ""),),
    "scope": (("with {scope}:", "see({scope}.cancelled_caught)"),),
    "time": (
        ("with trio.move_on_after({seconds}) as limit:", "see(limit.cancelled_caught)"),
        ("with noted(), trio.fail_after({seconds}):", ""),
    ),
    "raise": (("with noted():", ""),),
    "transaction": (("async with db.transaction({level}) as t:", ""),),
}

#: What must hold always: small and likely to be broken by some orders only.
PROPERTIES: dict[str, tuple[str, ...]] = {
    "cell": (
        "world.always('few', lambda: a.peek() + b.peek() <= {value} + 1)",
        "world.always('not both', lambda: not (a.peek() == {value} and b.peek() == {value}))",
        "world.always('together', lambda: not (a.peek() == 1 and b.peek() == 0))",
        "world.always('ahead', lambda: a.peek() >= b.peek())",
        "world.always('bounded', lambda: {cell}.peek() <= {value})",
    ),
    "row": (
        "world.always('rows', lambda: not (db.peek('x') == {value} and db.peek('y') == {value}))",
        "world.always('few rows', lambda: sum(db.peek_all().values()) <= {value} + 1)",
        "world.always('both rows', lambda: (db.peek('x') or 0) >= (db.peek('y') or 0))",
    ),
    "tracked": (
        "world.always('apart', lambda: d.get('x') != {value} or o.x != {value})",
        "world.always('short', lambda: len(l) < 3)",
        "world.always('one or the other', lambda: not ({value} in s and 'y' in d))",
        "world.always('last', lambda: not l or l[-1] != {value})",
        "world.always('few keys', lambda: len(vars(o)) < 3 or len(d) < 2)",
        "world.always('first key', lambda: list(d)[:1] != ['y'])",
        "world.always('things', lambda: {value} not in o.things)",
    ),
    "kill": (
        "world.always('somebody lives', lambda: p0.alive or db.peek('x') == {value})",
        "world.always('dead means written', lambda: p0.alive or a.peek() > 0)",
    ),
    "flag": ("world.always('flag', lambda: not (f.peek() and db.peek('x') == {value}))",),
}

#: What must come true within some time after the explored part.
HOPES = (
    "world.eventually('written', lambda: a.peek() > 0, within_s=1)",
    "world.eventually('equal', lambda: a.peek() == b.peek(), within_s=2)",
    "world.eventually('small', lambda: a.peek() + b.peek() <= {value}, within_s=1)",
)
