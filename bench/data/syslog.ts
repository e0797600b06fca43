import type { SeededRandom } from '../../test/support/random.ts';
import { guestAddress } from './addresses.ts';
import { type AuthPeople, authRoutine } from './auth.ts';
import { mailRoutine } from './mail.ts';
import { type Episode, plain } from './stream.ts';

const host = 'srv1';

/** Everything that a server writes into one file, none of it by an attacker on sshd. */
export function syslogRoutine(random: SeededRandom, people: AuthPeople): Episode {
  const roll = random.next();
  if (roll < 0.25) return authRoutine(random, people);
  if (roll < 0.45) return mailRoutine(random);
  return quietRoutine(random);
}

/** What no filter wants: nobody logs in, no mail comes. */
export function quietRoutine(random: SeededRandom): Episode {
  return random.pick([kernel, firewall, systemd, network, names, timers])(random);
}

function kernel(random: SeededRandom): Episode {
  const seconds = `${random.integer(100, 9_999_999)}.${random.integer(100_000, 999_999)}`;
  const says = random.pick([
    'eth0: renamed from veth4c1a2b7',
    'perf: interrupt took too long (2505 > 2500), lowering kernel.perf_event_max_sample_rate to 79750',
    'EXT4-fs (vda1): re-mounted. Quota mode: none.',
    'audit: type=1400 apparmor="ALLOWED" operation="open" profile="/usr/sbin/named" name="/proc/1/stat"',
  ]);
  return [plain(`${host} kernel: [${seconds}] ${says}`)];
}

function firewall(random: SeededRandom): Episode {
  const peer = guestAddress(random);
  const port = random.integer(1, 65_535);
  return [
    plain(
      `${host} kernel: [${random.integer(100, 999_999)}.000001] [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:12:34:56:52:54:00:65:43:21:08:00 SRC=${peer} DST=198.51.100.20 LEN=44 TOS=0x00 PREC=0x00 TTL=241 ID=${port} PROTO=TCP SPT=${random.integer(1024, 65_535)} DPT=${port} WINDOW=1024 RES=0x00 SYN URGP=0`,
    ),
  ];
}

function systemd(random: SeededRandom): Episode {
  const unit = random.pick([
    'apt-daily.service',
    'logrotate.service',
    'phpsessionclean.service',
    'fstrim.service',
  ]);
  return [
    plain(`${host} systemd[1]: Starting ${unit} - a job that runs now and then...`),
    plain(`${host} systemd[1]: ${unit}: Deactivated successfully.`),
    plain(`${host} systemd[1]: Finished ${unit} - a job that runs now and then.`),
  ];
}

function network(random: SeededRandom): Episode {
  const pid = random.integer(400, 900);
  return [
    plain(`${host} dhclient[${pid}]: DHCPREQUEST for 198.51.100.20 on eth0 to 198.51.100.1 port 67`),
    plain(`${host} dhclient[${pid}]: DHCPACK of 198.51.100.20 from 198.51.100.1`),
    plain(
      `${host} dhclient[${pid}]: bound to 198.51.100.20 -- renewal in ${random.integer(900, 3600)} seconds.`,
    ),
  ];
}

function names(random: SeededRandom): Episode {
  const question = `host${random.integer(1, 400)}.example.net`;
  return [
    plain(
      `${host} named[612]: client @0x7f2a4c0 ${guestAddress(random)}#${random.integer(1024, 65_535)} (${question}): query: ${question} IN A +E(0)K (198.51.100.20)`,
    ),
  ];
}

function timers(random: SeededRandom): Episode {
  const pid = random.integer(1000, 99_999);
  return [plain(`${host} CRON[${pid}]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)`)];
}
