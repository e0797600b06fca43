import { readFileSync } from 'node:fs';

/** The kernel's switch: `1` turns IPv6 off on all interfaces; the file is missing without IPv6. */
const kernelSwitch = '/proc/sys/net/ipv6/conf/all/disable_ipv6';

/** What `allowipv6` means: `auto` asks the kernel. */
export function ipv6IsAllowed(setting: boolean | 'auto'): boolean {
  if (setting !== 'auto') return setting;
  try {
    return readFileSync(kernelSwitch, 'utf8').trim() === '0';
  } catch {
    return false;
  }
}
