# Asks the installed fail2ban what an action would run. One JSON request a line on standard input, one answer a line.

import json, logging, sys

sys.path.insert(0, "/usr/lib/python3/dist-packages")

from fail2ban.client.actionreader import ActionReader
from fail2ban.server import action as action_module
from fail2ban.server.action import CommandAction
from fail2ban.server.actions import Actions
from fail2ban.server.ipdns import DNSUtils
from fail2ban.server.mytime import MyTime
from fail2ban.server.ticket import BanTicket

logging.disable(logging.CRITICAL)
NOW = 1700000000.0
MyTime.setTime(NOW)
DNSUtils.getHostname = staticmethod(lambda fqdn=True: "here.example.org" if fqdn else "here")
action_module.allowed_ipv6 = lambda: True
DNSUtils.ipToName = staticmethod(lambda ip: "host.example.org" if ip == "192.0.2.1" else None)


class Counter:
    def __init__(self, size, total):
        self.size = lambda: size
        self.getBanTotal = self.getFailTotal = lambda: total


class Merged:
    def getBansMerged(self, ip=None, jail=None):
        if str(ip) == "":
            return None
        ticket = BanTicket(str(ip), NOW, [str(ip), jail.name if jail else "all"])
        ticket.setAttempt(20 if jail else 40)
        return ticket


class Part:
    pass


class FakeJail:
    name = "sshd"

    def __init__(self, database):
        self.database = Merged() if database else None
        self.filter = Part()
        self.filter.failManager = Counter(5, 50)
        self.actions = Part()
        self.actions.banManager = Counter(3, 30)
        self.actions.banEpoch = 0
        self.actions.getBanTime = lambda: 600
        self.actions._getActionInfo = lambda ticket: Actions.ActionInfo(ticket or BanTicket("", NOW), self)

    def __str__(self):
        return "Jail('%s')" % self.name


def ticket_of(given):
    ticket = BanTicket(given["id"], given["time"], list(given["matches"]), dict(given["fields"]))
    ticket.setAttempt(given["failures"])
    ticket.setBanTime(given["bantime"])
    ticket.setBanCount(given["bancount"], True)
    ticket.restored = given["restored"]
    return ticket


def properties_of(given):
    stream = ActionReader(given["action"], "sshd", dict(given["options"]), basedir=given["folder"])
    if not stream.read():
        raise ValueError("no such action")
    stream.getOptions({"logpath": "/var/log/auth.log"})
    found = []
    for command in stream.convert():
        if command[0] == "multi-set":
            found += command[4]
        elif command[2] == "action":
            found.append(command[4:])
    return found


def script_of(given):
    """Runs steps one after the other. `fails`: how often commands that begin with two words fail before they work."""
    fails = dict(given.get("fails", {}))
    ran = []

    def execute(command, timeout=60, **_):
        if not command:
            return True
        ran.append(command if isinstance(command, list) else [command])
        word = " ".join(ran[-1][0].split(" ")[:2])
        fails[word] = fails.get(word, 0) - 1
        return fails[word] < 0

    jail = FakeJail(given.get("database", False))
    action = CommandAction(jail, "act")
    action.executeCmd = execute
    for name, value in given["properties"]:
        setattr(action, name, value)
    errors = []
    for step in given["steps"]:
        try:
            if step["do"] in ("start", "stop", "flush"):
                getattr(action, step["do"])()
            elif step["do"] == "check":
                action.consistencyCheck()
            else:
                getattr(action, step["do"])(Actions.ActionInfo(ticket_of(step["ticket"]), jail))
        except (ValueError, RuntimeError) as error:
            errors.append(type(error).__name__ + ": " + str(error))
    return {"ran": ran, "errors": errors}


for line in sys.stdin:
    given = json.loads(line)
    answer = properties_of(given) if "action" in given else script_of(given)
    print(json.dumps(answer), flush=True)
