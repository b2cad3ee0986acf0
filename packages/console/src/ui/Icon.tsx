/* Drawn for this console on a grid of 16, stroke 1.4. */
const paths = {
  overview: 'M2.5 2.5h4.6v4.6H2.5zM8.9 2.5h4.6v4.6H8.9zM2.5 8.9h4.6v4.6H2.5zM8.9 8.9h4.6v4.6H8.9z',
  devices: 'M2 3.2h12v7.6H2zM6 13.4h4M8 10.8v2.6',
  assets: 'M8 2.4 13.4 5v6L8 13.6 2.6 11V5zM2.8 5.1 8 7.7l5.2-2.6M8 7.7v5.7',
  findings: 'M8 2.4 14 13H2zM8 6.4v3.1M8 11.3v.2',
  incidents: 'M3.4 13.6V2.6h8.4l-1.6 3 1.6 3H3.6',
  threats: 'M8 2.2 13 4v4.1c0 2.9-2 4.9-5 5.9-3-1-5-3-5-5.9V4zM8 5.4v3.2M8 10.4v.2',
  quarantine: 'M3 6.8h10v6.6H3zM5.2 6.8V5a2.8 2.8 0 0 1 5.6 0v1.8M8 9.4v1.6',
  rules: 'M3 3.4h10M3 6.6h10M3 9.8h6M3 13h4M11 10.6l1.2 1.2 2-2.2',
  policies: 'M4 2.4h8v11.2H4zM6.2 5.4h3.6M6.2 8h3.6M6.2 10.6h2',
  jobs: 'M3 3h10v10H3zM5.4 6.2l1.1 1.1 1.8-2M5.4 10.3l1.1 1.1 1.8-2M9.8 6.6h1.4M9.8 10.7h1.4',
  networks: 'M6 2.4h4v3.2H6zM2.2 10.4h4v3.2h-4zM9.8 10.4h4v3.2h-4zM8 5.6V8M4.2 10.4V8h7.6v2.4',
  tenants: 'M2.6 13.5V5.2L8 2.4l5.4 2.8v8.3zM6.4 13.5v-3.4h3.2v3.4M5.4 7h.8M9.8 7h.8',
  organizations: 'M3.2 13.5v-11h6.2v11M9.4 6h3.4v7.5M2 13.5h12M5.4 5h1.8M5.4 7.6h1.8M5.4 10.2h1.8',
  groups: 'M2 4h4.4l1.4 1.6H14v7.2H2z',
  accounts:
    'M8 8.2a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4ZM2.8 13.6c.5-2.6 2.6-4 5.2-4s4.7 1.4 5.2 4',
  hierarchy: 'M6 2.4h4v3H6zM1.8 10.6h4v3h-4zM10.2 10.6h4v3h-4zM8 5.4v2.4M3.8 10.6V7.8h8.4v2.8',
  controllers: 'M2.6 2.8h10.8v4.2H2.6zM2.6 9h10.8v4.2H2.6zM5 4.9h.1M5 11.1h.1M8 4.9h3M8 11.1h3',
  sync: 'M13.2 6.4A5.4 5.4 0 0 0 3.6 5M2.8 9.6A5.4 5.4 0 0 0 12.4 11M3.4 2.2V5h2.8M12.6 13.8V11H9.8',
  'enrolment-keys':
    'M5.4 10.8a2.9 2.9 0 1 1 2.5-4.3h5.9v2.6h-1.7v1.7H9.6V9.1H7.9a2.9 2.9 0 0 1-2.5 1.7ZM5.3 7.9h.2',
  'blocked-addresses': 'M8 13.8A5.8 5.8 0 1 0 8 2.2a5.8 5.8 0 0 0 0 11.6ZM4 12 12 4',
  system: 'M1.8 8.4h2.6l1.8-4.6 3.2 8.6 1.7-4h3.1',
  settings:
    'M2.4 4.6h5.2M10.8 4.6h2.8M2.4 11.4h2.2M7.8 11.4h5.8M9.2 6.2a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2ZM6.2 13a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2Z',
  search: 'M7.1 11.8a4.7 4.7 0 1 0 0-9.4 4.7 4.7 0 0 0 0 9.4ZM10.6 10.6l3.2 3.2',
  plus: 'M8 3v10M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3.2 8.6 6.4 11.8 12.8 4.6',
  copy: 'M5.6 5.6h7.8v7.8H5.6zM10.4 5.4V2.6H2.6v7.8h2.8',
  down: 'M4.2 6.2 8 10l3.8-3.8',
  right: 'M6.2 4.2 10 8l-3.8 3.8',
  up: 'M4.2 9.8 8 6l3.8 3.8',
  columns: 'M2.4 3h11.2v10H2.4zM6.1 3v10M9.9 3v10',
  download: 'M8 2.6v7.2M4.8 7 8 10.2 11.2 7M2.8 13.2h10.4',
  bookmark: 'M4.2 2.6h7.6v11L8 10.8l-3.8 2.8z',
  scan: 'M2.6 5.4V2.6h2.8M10.6 2.6h2.8v2.8M13.4 10.6v2.8h-2.8M5.4 13.4H2.6v-2.8M2.6 8h10.8',
  sun: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.6v1.2M8 13.2v1.2M1.6 8h1.2M13.2 8h1.2M3.5 3.5l.8.8M11.7 11.7l.8.8M12.5 3.5l-.8.8M4.3 11.7l-.8.8',
  moon: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8Z',
  exit: 'M9.6 2.8H3v10.4h6.6M6.6 8h7M11.2 5.4 13.8 8l-2.6 2.6',
  shield: 'M8 2.2 13 4v4.1c0 2.9-2 4.9-5 5.9-3-1-5-3-5-5.9V4z',
  clock: 'M8 13.8A5.8 5.8 0 1 0 8 2.2a5.8 5.8 0 0 0 0 11.6ZM8 4.8V8l2.2 1.6',
  terminal: 'M2 3h12v10H2zM4.6 6l2 2-2 2M8.4 10.2h3',
  menu: 'M2.6 4.4h10.8M2.6 8h10.8M2.6 11.6h10.8',
  tag: 'M2.6 2.6h5l5.8 5.8-5 5-5.8-5.8zM5.4 5.4h.1',
  more: 'M3.4 8h.1M8 8h.1M12.6 8h.1',
  contrast:
    'M8 13.8A5.8 5.8 0 1 0 8 2.2a5.8 5.8 0 0 0 0 11.6ZM8 2.2v11.6M8 5l4.6-.2M8 8h5.8M8 11l4.6.2',
  keyboard: 'M1.8 4h12.4v8H1.8zM4 6.6h.1M6.6 6.6h.1M9.2 6.6h.1M11.8 6.6h.1M4.8 9.4h6.4',
} as const;

export type IconName = keyof typeof paths;

/** A drawing beside words; it says nothing by itself and is hidden from screen readers. */
export function Icon(properties: { readonly name: IconName; readonly className?: string }) {
  return (
    <svg
      viewBox="0 0 16 16"
      className={properties.className ?? 'size-4 shrink-0'}
      fill="none"
      stroke="currentColor"
      strokeWidth={1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[properties.name]} />
    </svg>
  );
}
