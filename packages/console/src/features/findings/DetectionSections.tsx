import type { DeviceEvent, DeviceFinding } from '@wardgrid/wire';
import { visibleText } from '@wardgrid/base';
import { t, wordOr } from '../../messages/index.ts';
import { StateChip } from '../../ui/Chips.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Section } from '../../ui/Page.tsx';
import { Time } from '../../ui/Time.tsx';
import { ProcessTree } from './ProcessTree.tsx';

/** Why a rule fired on a device, who did it and what was done about it: parts of a finding's page. */
export function DetectionSections(properties: { readonly detection: DeviceFinding }) {
  const { detection } = properties;
  return (
    <>
      {detection.actions.length > 0 && <Actions detection={detection} />}
      {detection.processes.length > 0 && (
        <Section title={t('threats.tree')} isFlush>
          <ProcessTree
            processes={detection.processes}
            subjectId={detection.processes[0]?.entityId}
          />
        </Section>
      )}
      {detection.matches.length > 0 && <Matches detection={detection} />}
      {detection.event && <EventSection event={detection.event} />}
    </>
  );
}

function Actions(properties: { readonly detection: DeviceFinding }) {
  return (
    <Section title={t('threats.actions')} isFlush>
      <table className="data-table">
        <thead>
          <tr>
            <th scope="col">{t('threats.action')}</th>
            <th scope="col">{t('jobs.outcome')}</th>
            <th scope="col">{t('field.target')}</th>
            <th scope="col">{t('threats.when')}</th>
          </tr>
        </thead>
        <tbody>
          {properties.detection.actions.map((action, index) => (
            <tr key={index}>
              <td>{t(`response.${action.kind}`)}</td>
              <td>
                <StateChip state={action.outcome} />
                {action.detail !== null && (
                  <p className="mt-0.5 text-xs text-muted">
                    <Hostile text={action.detail} />
                  </p>
                )}
              </td>
              <td className="break-all">
                <Hostile text={action.target} isMono />
              </td>
              <td className="whitespace-nowrap">
                <Time at={new Date(action.at).toISOString()} isExact />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function Matches(properties: { readonly detection: DeviceFinding }) {
  return (
    <Section title={t('threats.matches')} isFlush>
      <table className="data-table">
        <tbody>
          {properties.detection.matches.map((match, index) => (
            <tr key={index}>
              <th scope="row" className="w-48">
                <Hostile text={match.field || match.selection} isMono />
              </th>
              <td className="break-all">
                <Hostile text={match.value} isMono />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

/** An event with all its fields, and which of them the sensor could not read. */
function EventSection(properties: { readonly event: DeviceEvent }) {
  const { event } = properties;
  return (
    <Section title={t('threats.event')} isFlush>
      <table className="data-table">
        <tbody>
          <tr>
            <th scope="row" className="w-48">
              {t('events.what')}
            </th>
            <td>{eventWords(event)}</td>
          </tr>
          <tr>
            <th scope="row">{t('threats.when')}</th>
            <td>
              <Time at={new Date(event.at).toISOString()} isExact />
            </td>
          </tr>
          {Object.entries(event.fields).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">
                <span className="mono">{name}</span>
              </th>
              <td className="break-all">
                <Hostile text={valueText(value)} isMono />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {event.missing.length > 0 && (
        <p className="border-t border-line px-3 py-2 text-xs text-muted">
          {t('events.missing', { fields: event.missing.join(', ') })}
        </p>
      )}
    </Section>
  );
}

/** Class and action of an event in words: "process: exec". */
export function eventWords(event: Pick<DeviceEvent, 'class' | 'action'>): string {
  return wordOr(
    `event.${event.class}.${event.action}`,
    visibleText(`${event.class}: ${event.action}`),
  );
}

function valueText(value: DeviceEvent['fields'][keyof DeviceEvent['fields']]): string {
  return Array.isArray(value) ? value.join(' ') : String(value);
}
