import { escapeControl, type Logger } from '../../../base/index.ts';

/** Says once for an action that Docker was found, and what that means. */
export function sayDocker(jail: string, logger: Logger): () => void {
  let said = false;
  return () => {
    if (said) return;
    said = true;
    const why =
      'Docker runs here, and leads traffic to containers past the usual chains: its chain DOCKER-USER gets the same rules';
    logger.log('INFO', 'fail2ban.actions', escapeControl(`[${jail}] ${why}`));
  };
}
