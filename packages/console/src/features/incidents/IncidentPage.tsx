import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { visibleText } from '@wardgrid/base';
import { incidentRoutes, type Incident } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { SeverityChip, StateChip } from '../../ui/Chips.tsx';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { CheckField, TextField } from '../../ui/Field.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { ListView } from '../../ui/list/ListView.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { ListSection, PageBody, PageHead, Section } from '../../ui/Page.tsx';
import { Person } from '../../ui/Person.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { usePathId } from '../../ui/use-address.ts';
import { threatList } from '../findings/index.ts';

/** One incident: what happened when, to which devices, and who handles it. */
export function IncidentPage() {
  const id = usePathId();
  const incident = useQuery({
    queryKey: ['incidents', 'one', id],
    queryFn: ({ signal }) => call(incidentRoutes.read, { params: { id }, signal }),
  });
  return <Loaded query={incident}>{(data) => <Content incident={data} />}</Loaded>;
}

function Content(properties: { readonly incident: Incident }) {
  const { incident } = properties;
  return (
    <PageBody>
      <PageHead
        title={visibleText(incident.title)}
        parent={{ to: '/incidents', text: t('nav.incidents') }}
        thing={{ noun: 'incidents', id: incident.id, ref: incident.ref }}
        detail={
          <>
            <SeverityChip severity={incident.severity} />
            <StateChip state={incident.state} />
            <span>{t(`incident.${incident.kind}`)}</span>
            <span aria-hidden="true">·</span>
            <Hostile text={incident.organizationName} />
            <span aria-hidden="true">·</span>
            {incident.techniques.length > 0 && (
              <span className="mono">{incident.techniques.join(' ')}</span>
            )}
            <span>
              {t('incidents.opened')} <Time at={incident.openedAt} />
            </span>
          </>
        }
        actions={<Decide incident={incident} />}
      />
      {incident.findingCount > 0 && (
        <ListSection title={`${t('nav.threats')} (${incident.findingCount})`}>
          <ListView
            definition={threatList}
            baseFilter={`incidentId:${incident.id}`}
            className="h-72"
          />
        </ListSection>
      )}
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        <Section title={t('incidents.timeline')}>
          <Timeline incident={incident} />
        </Section>
        <Section title={`${t('nav.devices')} (${incident.deviceCount})`} isFlush>
          <ul>
            {incident.devices.map((device) => (
              <li key={device.id} className="border-b border-line px-4 py-2 last:border-b-0">
                <RouterLink to={`/devices/${device.id}`}>
                  <Hostile text={device.name} />
                </RouterLink>
              </li>
            ))}
            {incident.devices.length < incident.deviceCount && (
              <li className="px-4 py-2 text-muted">
                {t('incidents.moreDevices', {
                  count: incident.deviceCount - incident.devices.length,
                })}
              </li>
            )}
          </ul>
        </Section>
      </div>
    </PageBody>
  );
}

function Timeline(properties: { readonly incident: Incident }) {
  return (
    <ol className="relative ml-1.5 flex flex-col gap-4 border-l border-line-strong pl-5">
      {properties.incident.timeline.map((entry, index) => (
        <li key={`${entry.at}-${index}`} className="relative">
          <span className="absolute top-1.5 -left-[1.53rem] size-2 rounded-full bg-accent ring-4 ring-surface" />
          <p>
            <Hostile text={entry.text} />
          </p>
          <p className="flex flex-wrap gap-x-2 text-xs text-muted">
            <Time at={entry.at} isExact />
            {entry.by !== null && <Person name={entry.by} />}
          </p>
        </li>
      ))}
    </ol>
  );
}

const verbs = [
  { state: 'acknowledged', text: t('action.acknowledge') },
  { state: 'closed', text: t('action.closeIncident') },
  { state: 'open', text: t('action.reopen') },
] as const;

type Verb = (typeof verbs)[number];

function Decide(properties: { readonly incident: Incident }) {
  const { incident } = properties;
  const [chosen, setChosen] = useState<Verb | null>(null);
  const mayChange = useMay('incidents:update');
  if (!mayChange) return null;
  const offered = verbs.filter(({ state }) =>
    state === 'open'
      ? incident.state === 'closed'
      : state !== incident.state && incident.state !== 'closed',
  );
  return (
    <>
      {offered.map((verb) => (
        <button
          key={verb.state}
          type="button"
          className={verb.state === 'acknowledged' ? 'button button-solid' : 'button'}
          onClick={() => setChosen(verb)}
        >
          {verb.text}
        </button>
      ))}
      {chosen && <NoteDialog incident={incident} verb={chosen} onClose={() => setChosen(null)} />}
    </>
  );
}

function NoteDialog(properties: {
  readonly incident: Incident;
  readonly verb: Verb;
  readonly onClose: () => void;
}) {
  const { incident, verb, onClose } = properties;
  const [note, setNote] = useState('');
  const [isWithFindings, setWithFindings] = useState(true);
  const mayResolve = useMay('findings:update');
  const isOffered = verb.state === 'closed' && incident.findingCount > 0 && mayResolve;
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: () =>
      call(incidentRoutes.update, {
        params: { id: incident.id },
        body: {
          state: verb.state,
          resolveFindings: isOffered && isWithFindings,
          ...(note === '' ? {} : { note }),
        },
      }),
    onSuccess: async (saved) => {
      client.setQueryData(['incidents', 'one', incident.id], saved);
      onClose();
      await client.invalidateQueries({ queryKey: ['findings'] });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Dialog isOpen onClose={onClose} title={verb.text}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextField
          label={t('field.note')}
          hint={t('incidents.noteHint')}
          value={note}
          onChange={setNote}
          lengthMax={120}
        />
        {isOffered && (
          <CheckField
            label={t('incidents.resolveFindings')}
            isChecked={isWithFindings}
            onChange={setWithFindings}
          />
        )}
        <ProblemNote error={change.error} />
        <DialogButtons onCancel={onClose} submit={verb.text} isBusy={change.isPending} />
      </form>
    </Dialog>
  );
}
