import type { WhyInJail, WhyReport } from '../src/control/reports.ts';
import { api } from './api.ts';
import { Dialog } from './dialog.tsx';
import { banSpan, counted, dateTime, exactTime, milliseconds, timeOfDay } from './format.ts';
import { useLoaded } from './hooks.ts';
import { Loading, LogLines, Problem } from './ui.tsx';

interface WhyProps {
  readonly id: string;
  readonly onClose: () => void;
  readonly onUnban: (ban: { id: string; jail: string }) => void;
}

/** The whole story of an address. */
export function WhyDialog({ id, onClose, onUnban }: WhyProps) {
  const why = useLoaded(() => api.why(id), [id], undefined);
  return (
    <Dialog title={`Why ${id}?`} onClose={onClose}>
      {why.problem === undefined ? null : <Problem error={why.problem} onRetry={why.reload} />}
      {why.value === undefined ? (
        why.problem === undefined && <Loading lines={5} />
      ) : (
        <Story report={why.value} onUnban={onUnban} />
      )}
    </Dialog>
  );
}

const ranks: Readonly<Record<WhyInJail['verdict'], number>> = {
  banned: 0,
  counting: 1,
  ignored: 2,
  clean: 3,
};

function Story({ report, onUnban }: { report: WhyReport; onUnban: WhyProps['onUnban'] }) {
  const concerned = report.jails
    .filter(({ verdict }) => verdict !== 'clean')
    .toSorted((a, b) => ranks[a.verdict] - ranks[b.verdict]);
  const clean = report.jails.length - concerned.length;
  return (
    <>
      {concerned.map((jail) => (
        <JailStory key={jail.jail} story={jail} onUnban={onUnban} />
      ))}
      {clean === 0 ? null : (
        <p class="muted">
          {concerned.length === 0
            ? 'No jail knows anything of it'
            : `${counted(clean, 'other jail knows', 'other jails know')} nothing of it`}
          .
        </p>
      )}
      <PastBans report={report} />
    </>
  );
}

function JailStory({ story, onUnban }: { story: WhyInJail; onUnban: WhyProps['onUnban'] }) {
  const { jail, verdict, reason, ban, count, rules, steps, holds } = story;
  const lines = ban?.matches ?? count?.matches ?? [];
  return (
    <section class="story" aria-label={`Jail ${jail}`}>
      <div class="story-head">
        <h3>
          {jail} <span class={`tag ${verdict}`}>{verdict}</span>
        </h3>
        {ban === undefined ? null : (
          <button
            type="button"
            class="button small danger"
            aria-label={`Unban ${ban.id} in ${jail}`}
            onClick={() => onUnban({ id: ban.id, jail })}
          >
            Unban
          </button>
        )}
      </div>
      <p>{sentence(reason)}</p>
      {ban === undefined ? null : (
        <dl class="facts">
          <dt>Since</dt>
          <dd>{exactTime(ban.sinceSec)}</dd>
          <dt>Length</dt>
          <dd>{banSpan(ban.banTimeSec)}</dd>
          <dt>Times banned</dt>
          <dd>{ban.banCount}</dd>
        </dl>
      )}
      {lines.length === 0 ? null : (
        <>
          <h4>Log lines</h4>
          <LogLines lines={lines} />
        </>
      )}
      {rules.length === 0 ? null : (
        <>
          <h4>Rules</h4>
          <ul class="plain">
            {rules.map((rule) => (
              <li key={rule.index}>
                failregex {rule.index}, {counted(rule.failures, 'failure')}
                <code class="regex">{rule.regex}</code>
              </li>
            ))}
          </ul>
        </>
      )}
      <Holds holds={holds} />
      <Steps steps={steps} />
    </section>
  );
}

const holdWords: Readonly<Record<WhyInJail['holds'][number]['state'], string>> = {
  made: 'in force',
  failed: 'failed',
  adopted: 'in force since an earlier run',
  skipped: 'left alone, since the ban was restored',
  lost: 'lost, made again with the next hit',
  absent: 'not made',
};

function Holds({ holds }: Pick<WhyInJail, 'holds'>) {
  if (holds.length === 0) return null;
  return (
    <>
      <h4>In force now</h4>
      <ul class="plain">
        {holds.map(({ action, engine, state, sound, waiting, problem }) => (
          <li key={action}>
            <strong>{action}</strong> {holdWords[state]}
            {engine === undefined ? '' : `, by the engine ${engine}`}
            {sound === false ? ', but what it needs in the kernel is missing' : ''}
            {waiting > 0 ? `, ${counted(waiting, 'decision')} waiting` : ''}
            {problem === undefined ? null : <span class="field-problem">{problem}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}

function Steps({ steps }: Pick<WhyInJail, 'steps'>) {
  if (steps.length === 0) return null;
  return (
    <>
      <h4>What the actions did</h4>
      <ul class="plain">
        {steps.map((step) => (
          <li key={`${step.timeSec} ${step.action} ${step.step}`}>
            <time dateTime={new Date(step.timeSec * 1000).toISOString()}>{timeOfDay(step.timeSec)}</time>{' '}
            <strong>{step.action}</strong> {step.step}{' '}
            {step.ok
              ? step.queued === true
                ? 'queued'
                : `done in ${milliseconds(step.durationMs)}`
              : 'failed'}
            {step.exitCode === undefined || step.exitCode === 0 ? '' : `, exit code ${step.exitCode}`}
            {step.ok ? null : (
              <span class="field-problem">{[step.reason, step.error].filter(Boolean).join(': ')}</span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function PastBans({ report: { history } }: { report: WhyReport }) {
  if (history.length === 0) return null;
  return (
    <section class="story" aria-label="Past bans">
      <h3>Past bans</h3>
      <ul class="plain">
        {history.slice(0, 10).map((ban) => (
          <li key={`${ban.jail} ${ban.sinceSec}`}>
            <time dateTime={new Date(ban.sinceSec * 1000).toISOString()}>{dateTime(ban.sinceSec)}</time>{' '}
            <strong>{ban.jail}</strong> {banSpan(ban.banTimeSec)}, {counted(ban.failures, 'failure')}
          </li>
        ))}
      </ul>
    </section>
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
