import { useQuery } from '@tanstack/react-query';
import { visibleText } from '@wardgrid/base';
import { ruleRoutes, type Rule } from '@wardgrid/wire';
import { useState } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { n, t } from '../../messages/index.ts';
import { SeverityChip, StateChip } from '../../ui/Chips.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { ListView } from '../../ui/list/ListView.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { Facts, ListSection, PageBody, PageHead, Section } from '../../ui/Page.tsx';
import { Time } from '../../ui/Time.tsx';
import { usePathId } from '../../ui/use-address.ts';
import { ExceptionDialog, threatList } from '../findings/index.ts';
import { exceptionList } from './exception-list.tsx';

import { SwitchDialog } from './SwitchDialog.tsx';

/** One rule: what it says, how it runs, what it found and what is left out of it. */
export function RulePage() {
  const id = usePathId();
  const rule = useQuery({
    queryKey: ['rules', 'one', id],
    queryFn: ({ signal }) => call(ruleRoutes.read, { params: { id }, signal }),
  });
  return <Loaded query={rule}>{(data) => <Content rule={data} />}</Loaded>;
}

function Content(properties: { readonly rule: Rule }) {
  const { rule } = properties;
  const ofRule = `rule:"${rule.ruleId}"`;
  return (
    <PageBody>
      <PageHead
        title={visibleText(rule.title)}
        parent={{ to: '/rules', text: t('nav.rules') }}
        detail={
          <>
            <SeverityChip severity={rule.severity} />
            <StateChip state={rule.setting} />
            <span>{t(`engine.${rule.engine}`)}</span>
            <span aria-hidden="true">·</span>
            <span className="mono">{rule.techniques.join(' ')}</span>
          </>
        }
        actions={<Actions rule={rule} />}
      />
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        <Meaning rule={rule} />
        <About rule={rule} />
      </div>
      <ListSection title={t('nav.threats')}>
        <ListView definition={threatList} baseFilter={ofRule} className="h-80" />
      </ListSection>
      <ListSection title={t('nav.exceptions')}>
        <ListView
          definition={exceptionList}
          baseFilter={`ruleId:"${rule.ruleId}"`}
          className="h-64"
        />
      </ListSection>
    </PageBody>
  );
}

/** A heading stands only over what the rule says. */
function Meaning(properties: { readonly rule: Rule }) {
  const { description, remedy } = properties.rule;
  const texts = [
    { title: t('rules.description'), text: description },
    { title: t('findings.remedy'), text: remedy },
  ].filter(({ text }) => text !== '');
  if (texts.length === 0)
    return <Section title={t('rules.description')}>{t('rules.silent')}</Section>;
  return (
    <div className="flex flex-col gap-5">
      {texts.map(({ title, text }) => (
        <Section key={title} title={title}>
          <p className="max-w-prose leading-relaxed whitespace-pre-line">
            <Hostile text={text} />
          </p>
        </Section>
      ))}
    </div>
  );
}

function About(properties: { readonly rule: Rule }) {
  const { rule } = properties;
  return (
    <Section title={t('rules.about')}>
      <Facts
        facts={[
          [t('rules.hits'), n(rule.hits)],
          [t('rules.perDay'), n(rule.hitsPerDay)],
          [t('nav.devices'), n(rule.devices)],
          [t('rules.lastHit'), <Time at={rule.lastHitAt} />],
          [t('field.confidence'), `${rule.confidence} %`],
          [t('rules.status'), t(`ruleStatus.${rule.status}`)],
          [t('field.origin'), t(`ruleOrigin.${rule.origin}`)],
          [t('field.author'), <Hostile text={rule.author} />],
          [t('rules.licence'), <Hostile text={rule.licence} />],
          [t('field.id'), <Hostile text={rule.ruleId} isMono />],
        ]}
      />
    </Section>
  );
}

function Actions(properties: { readonly rule: Rule }) {
  const { rule } = properties;
  const [open, setOpen] = useState<'switch' | 'exception' | null>(null);
  const mayChange = useMay('rules:update');
  if (!mayChange) return null;
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen('exception')}>
        {t('exceptions.create')}
      </button>
      <button type="button" className="button button-solid" onClick={() => setOpen('switch')}>
        {t('rules.switch')}
      </button>
      {open === 'switch' && <SwitchDialog rule={rule} onClose={() => setOpen(null)} />}
      {open === 'exception' && (
        <ExceptionDialog ruleId={rule.ruleId} selection="" onClose={() => setOpen(null)} />
      )}
    </>
  );
}
