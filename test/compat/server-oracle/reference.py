"""Runs Debian's fail2ban-server in this process, as it is installed, and takes the steps of its jails when the test says.

The threads of the jails rest where they would sleep; what their loops do between two sleeps is done here instead, one
jail after the other: filters, observer, actions. So everything has one order, and the time that stands still meanwhile
passes when the test says so. A prolonging is not put off by seconds of real time. What the server decides is
untouched. Standard input takes a line `settle`: the server lives through all that is to be done now, and the answer is
`settled`.
"""
import os
import runpy
import select
import sys
import threading
import time


def really_sleep(seconds):
    """libfaketime does not know the call by which this Python sleeps."""
    select.select([], [], [], max(seconds, 0))


time.sleep = really_sleep

from fail2ban.server import jailthread, observer, server

servers = []
held = threading.local()
resting = set()
stopping = threading.Event()


def sleep(seconds):
    thread = threading.current_thread()
    if not isinstance(thread, jailthread.JailThread) or isinstance(thread, observer.ObserverThread):
        really_sleep(seconds)
        return
    resting.add(thread)
    stopping.wait()
    while thread.active:
        really_sleep(0.01)


time.sleep = sleep


def note_server(start):
    def wrapped(self, *args, **options):
        servers.append(self)
        return start(self, *args, **options)
    return wrapped


def note_end(end):
    def wrapped(self, *args, **options):
        stopping.set()
        return end(self, *args, **options)
    return wrapped


def hold(self, *event):
    """The observer hears of failures and bans once all of them are logged, not in between."""
    if getattr(held, 'events', None) is None:
        add(self, *event)
    else:
        held.events.append(event)


add = observer.ObserverThread.add
observer.ObserverThread.add = hold
observer.ObserverThread.add_timer = lambda self, delay, *event: self.add(*event)
server.Server.start = note_server(server.Server.start)
server.Server.quit = note_end(server.Server.quit)


def jails():
    return list(servers[-1]._Server__jails._jails.values()) if servers else []


def wait_for_start():
    while not all(jail.filter in resting and jail.actions in resting for jail in jails()):
        really_sleep(0.01)


def tell_observer(events):
    """Hands over what was held and waits, asleep, until it is dealt with: libfaketime makes threads that compete slow."""
    done = threading.Event()
    for event in [*events, ('call', done.set)]:
        add(observer.Observers.Main, *event)
    done.wait()


def one_after_the_other(work):
    """Does the work of all jails, and only then that of the observer. Returns whether there was any."""
    held.events = []
    worked = False
    for jail in jails():
        worked = work(jail) or worked
    events, held.events = held.events, None
    tell_observer(events)
    return worked


def read_logs(jail):
    modified = []
    jail.filter.getModified(modified)
    for path in modified:
        jail.filter.getFailures(path)
    return len(modified) > 0


def act(jail):
    banned = jail.actions._Actions__checkBan()
    unbanned = jail.actions._Actions__checkUnBan(jail.actions.unbanMaxCount)
    return banned + unbanned > 0


def settle(moved):
    wait_for_start()
    while one_after_the_other(read_logs) | one_after_the_other(act):
        pass
    if moved:
        # What its loops do every few seconds, which the standing clock never lets pass.
        for jail in jails():
            jail.filter.performSvc(True)


def listen():
    last = time.time()
    for line in sys.stdin:
        now = time.time()
        settle(now != last)
        last = now
        os.write(1, b'settled\n')


threading.Thread(target=listen, daemon=True).start()
sys.argv[0] = '/usr/bin/fail2ban-server'
runpy.run_path(sys.argv[0], run_name='__main__')
