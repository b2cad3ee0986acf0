import { locales, t, type Locale } from '../../messages/index.ts';
import { themes, type Density, type Theme } from '../../preferences.ts';
import { prefer, useStore } from '../../store.ts';
import { SelectField } from '../../ui/Field.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Facts, PageBody, PageHead, Section, Tabs } from '../../ui/Page.tsx';
import { PasswordSection } from './PasswordSection.tsx';
import { SessionSection } from './SessionSection.tsx';
import { TokenSection } from './TokenSection.tsx';
import { TotpSection } from './TotpSection.tsx';
import { useSearchValues } from '../../ui/use-address.ts';

/** Everything about oneself. */
export function SettingsPage() {
  const { tab = 'profile' } = useSearchValues();
  return (
    <PageBody isNarrow>
      <PageHead title={t('nav.settings')} />
      <Tabs
        label={t('nav.settings')}
        to="/settings"
        current={tab}
        tabs={[
          { key: 'profile', text: t('settings.profile') },
          { key: 'security', text: t('settings.security') },
          { key: 'sessions', text: t('settings.sessions') },
          { key: 'tokens', text: t('settings.tokens') },
        ]}
      />
      <Content tab={tab} />
    </PageBody>
  );
}

function Content(properties: { readonly tab: string }) {
  switch (properties.tab) {
    case 'security':
      return (
        <>
          <PasswordSection />
          <TotpSection />
        </>
      );
    case 'sessions':
      return <SessionSection />;
    case 'tokens':
      return <TokenSection />;
    default:
      return <Profile />;
  }
}

function Profile() {
  const session = useStore((state) => state.session);
  if (!session) return null;
  return (
    <>
      <Section title={t('settings.profile')}>
        <Facts
          facts={[
            [t('field.name'), <Hostile text={session.name} />],
            [t('field.email'), <Hostile text={session.email} />],
            [t('field.kind'), t(`account.${session.kind}`)],
            [t('field.layer'), String(session.layer)],
            [t('field.scope'), <Hostile text={session.scopeName} />],
            [t('field.roles'), session.roles.map((role) => t(`role.${role}`)).join(', ')],
          ]}
        />
      </Section>
      <Section title={t('settings.appearance')}>
        <Appearance />
      </Section>
    </>
  );
}

function Appearance() {
  const theme = useStore((state) => state.theme);
  const density = useStore((state) => state.density);
  const locale = useStore((state) => state.locale);
  return (
    <div className="grid gap-4 sm:grid-cols-3">
      <SelectField
        label={t('settings.theme')}
        value={theme}
        onChange={(value) => prefer({ theme: value as Theme })}
        choices={themes.map((value) => ({ value, text: t(`theme.${value}`) }))}
      />
      <SelectField
        label={t('settings.density')}
        value={density}
        onChange={(value) => prefer({ density: value as Density })}
        choices={[
          { value: 'comfortable', text: t('density.comfortable') },
          { value: 'compact', text: t('density.compact') },
        ]}
      />
      <SelectField
        label={t('settings.language')}
        value={locale}
        onChange={(value) => {
          prefer({ locale: value as Locale });
          location.reload();
        }}
        choices={locales.map((value) => ({ value, text: t(`locale.${value}`) }))}
      />
    </div>
  );
}
