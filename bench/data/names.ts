/** Names that attackers try. */
export const triedNames: readonly string[] = (
  'admin test oracle postgres ubuntu user guest git ftpuser hadoop pi deploy jenkins minecraft nagios mysql www steam ' +
  'dev tomcat odoo vagrant ansible zabbix server centos support es kafka redis'
).split(' ');

/** Names that exist here. */
export const ownNames: readonly string[] = 'root alice bob backup deploy git'.split(' ');

/** Fingerprints of keys, as sshd writes them. */
export const keys: readonly string[] = [
  'ED25519 SHA256:3yFV0bSdzZ2mVq0Hn1eYJcDg5o9tKxQwRrUuLlPpNnM',
  'RSA SHA256:Zk8cE0s1tGm4Yp7Hd3RjVqLwXoBnAfUiTyCeWzNsQhI',
  'ECDSA SHA256:p1M9vQe6sWnXjR4tYbUcKdFgHzLaOi2T7yN8x3V5E0w',
];
