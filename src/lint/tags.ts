/** The tags that stand for who is counted. */
const addressTag = /<(?:F-)?(?:HOST|ADDR|SUBNET|IP4|IP6|DNS|CIDR|ID)\/?>/g;
const idGroup = /<F-ID>/g;
/** A rule that is nothing but a tag which nobody replaced. */
const loneTag = /^\^?<(?!(?:HOST|ADDR|SUBNET|IP4|IP6|DNS|CIDR|SKIPLINES)>)([a-z_][\w/-]*)>\$?$/;

/** Names of the groups that `markAddresses` makes, and of those that a rule may have by itself. */
const addressGroup = /^(?:warder_place\d+|fid|alt_(?:fid|ip4|ip6|dns|host|ip)(?:_\d+)?)$/;

/** A rule with a named group around each of its address tags, so that the tag's own parts count as one. */
export function markAddresses(rule: string): string {
  let count = 0;
  return rule.replace(addressTag, (tag) => {
    count += 1;
    return `(?P<warder_place${count}>${tag})`;
  });
}

/** Whether the rule says who is counted. */
export function namesAddress(rule: string): boolean {
  return rule.search(addressTag) >= 0 || rule.search(idGroup) >= 0;
}

export function isAddressGroup(name: string): boolean {
  return addressGroup.test(name);
}

/** The name of the tag that a rule consists of, if nobody has replaced it. */
export function unknownTag(rule: string): string | undefined {
  return loneTag.exec(rule)?.[1];
}
