-- Made by scripts/schema.ts, do not edit.

-- Extensions

create extension ltree;

create extension pg_trgm;

-- Tables

create table account (
  id uuid not null,
  tenant_id uuid,
  scope ltree not null,
  email text not null,
  name text not null,
  kind text not null,
  layer integer not null,
  reach text not null,
  state text not null,
  epoch integer default 1 not null,
  created_by uuid,
  created_at timestamp with time zone default now() not null,
  last_sign_in_at timestamp with time zone,
  constraint account_pkey PRIMARY KEY (id),
  constraint account_email_key UNIQUE (email),
  constraint account_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint account_email_check CHECK ((length(email) <= 254)),
  constraint account_kind_check CHECK ((kind = ANY (ARRAY['admin'::text, 'user'::text]))),
  constraint account_layer_check CHECK ((layer >= 0)),
  constraint account_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120))),
  constraint account_reach_check CHECK ((reach = ANY (ARRAY['direct'::text, 'subtree'::text]))),
  constraint account_state_check CHECK ((state = ANY (ARRAY['invited'::text, 'active'::text, 'disabled'::text])))
);

create table account_credential (
  account_id uuid not null,
  password_hash text,
  totp_sealed bytea,
  totp_pending_sealed bytea,
  totp_last_step bigint default 0 not null,
  backup_code_hashes text[] default '{}'::text[] not null,
  invitation_hash text,
  invitation_expires_at timestamp with time zone,
  constraint account_credential_pkey PRIMARY KEY (account_id),
  constraint account_credential_invitation_hash_key UNIQUE (invitation_hash),
  constraint account_credential_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE
);

create table account_former (
  account_id uuid not null,
  tenant_id uuid,
  scope ltree not null,
  email text not null,
  left_at timestamp with time zone default now() not null,
  constraint account_former_pkey PRIMARY KEY (account_id)
);

create table account_role (
  account_id uuid not null,
  tenant_id uuid,
  role text not null,
  scope ltree not null,
  effect text not null,
  expires_at timestamp with time zone,
  constraint account_role_pkey PRIMARY KEY (account_id, role, scope, effect),
  constraint account_role_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE,
  constraint account_role_effect_check CHECK ((effect = ANY (ARRAY['allow'::text, 'deny'::text])))
);

create table api_token (
  id uuid not null,
  account_id uuid not null,
  name text not null,
  prefix text not null,
  token_hash text not null,
  permissions text[] not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  last_used_at timestamp with time zone,
  constraint api_token_pkey PRIMARY KEY (id),
  constraint api_token_token_hash_key UNIQUE (token_hash),
  constraint api_token_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE
);

create table blocked_address (
  id uuid not null,
  cidr cidr not null,
  reason text not null,
  origin text not null,
  strike_count integer default 1 not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone,
  constraint blocked_address_pkey PRIMARY KEY (id),
  constraint blocked_address_cidr_key UNIQUE (cidr),
  constraint blocked_address_origin_check CHECK ((origin = ANY (ARRAY['automatic'::text, 'manual'::text])))
);

create table content_part (
  digest text not null,
  kind text not null,
  size_bytes integer not null,
  content bytea not null,
  constraint content_part_pkey PRIMARY KEY (digest),
  constraint content_part_digest_check CHECK ((length(digest) = 64)),
  constraint content_part_kind_check CHECK ((kind = ANY (ARRAY['rules'::text, 'yara'::text, 'hashes'::text])))
);

create table content_product (
  "position" integer not null,
  digest text not null,
  serial bigint not null,
  constraint content_product_pkey PRIMARY KEY ("position"),
  constraint content_product_digest_fkey FOREIGN KEY (digest) REFERENCES content_part(digest)
);

create table content_tenant (
  tenant_id uuid not null,
  serial bigint not null,
  constraint content_tenant_pkey PRIMARY KEY (tenant_id),
  constraint content_tenant_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id) ON DELETE CASCADE
);

create table controller (
  id uuid not null,
  controller_id uuid not null,
  tenant_id uuid not null,
  scope ltree not null,
  parent_id uuid,
  layer integer not null,
  name text not null,
  public_key text not null,
  urls jsonb default '[]'::jsonb not null,
  authority text,
  version text default ''::text not null,
  certificate jsonb,
  scope_version bigint default 1 not null,
  created_at timestamp with time zone default now() not null,
  created_by text not null,
  approved_at timestamp with time zone,
  approved_by text,
  revoked_at timestamp with time zone,
  revoked_by text,
  revoked_reason text,
  ref text,
  constraint controller_pkey PRIMARY KEY (id),
  constraint controller_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint controller_authority_check CHECK ((length(authority) <= 8192)),
  constraint controller_layer_check CHECK (((layer >= 0) AND (layer <= 16))),
  constraint controller_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120))),
  constraint controller_public_key_check CHECK ((length(public_key) = 43)),
  constraint controller_revoked_reason_check CHECK ((length(revoked_reason) <= 300))
);

create table controller_report (
  controller_id uuid not null,
  tenant_id uuid not null,
  scope ltree not null,
  at timestamp with time zone not null,
  version text not null,
  upstream text not null,
  upstream_id uuid,
  cursor bigint not null,
  queue_up bigint not null,
  clock_offset_ms double precision,
  received_at timestamp with time zone not null,
  exchanged_at timestamp with time zone,
  constraint controller_report_pkey PRIMARY KEY (controller_id),
  constraint controller_report_controller_id_fkey FOREIGN KEY (controller_id) REFERENCES controller(id) ON DELETE CASCADE
);

create table device (
  id uuid not null,
  tenant_id uuid not null,
  organization_id uuid not null,
  group_id uuid,
  scope ltree not null,
  name text not null,
  is_named boolean default false not null,
  hostname text not null,
  os_family text not null,
  os_name text not null,
  os_version text not null,
  architecture text not null,
  agent_version text not null,
  tags text[] default '{}'::text[] not null,
  state text default 'active'::text not null,
  public_key text not null,
  fingerprint text not null,
  enrolment_key_id uuid,
  split_from_id uuid,
  split_ticket_hash text,
  local_ip inet,
  primary_cidr cidr,
  interface_name text,
  mac_address text,
  gateway_ip inet,
  gateway_mac text,
  booted_at timestamp with time zone,
  enrolled_at timestamp with time zone default now() not null,
  retired_at timestamp with time zone,
  ref text,
  is_grace boolean default false not null,
  enrolled_by uuid,
  constraint device_pkey PRIMARY KEY (id),
  constraint device_public_key_key UNIQUE (public_key),
  constraint device_split_ticket_hash_key UNIQUE (split_ticket_hash),
  constraint device_enrolment_key_id_fkey FOREIGN KEY (enrolment_key_id) REFERENCES enrolment_key(id) ON DELETE SET NULL,
  constraint device_group_id_fkey FOREIGN KEY (group_id) REFERENCES device_group(id) ON DELETE SET NULL,
  constraint device_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint device_split_from_id_fkey FOREIGN KEY (split_from_id) REFERENCES device(id) ON DELETE SET NULL,
  constraint device_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint device_name_check CHECK (((length(name) >= 1) AND (length(name) <= 255))),
  constraint device_os_family_check CHECK ((os_family = ANY (ARRAY['linux'::text, 'windows'::text, 'macos'::text]))),
  constraint device_state_check CHECK ((state = ANY (ARRAY['active'::text, 'retired'::text])))
);

create table device_code (
  device_code_hash text not null,
  user_code text not null,
  client_name text not null,
  account_id uuid,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  constraint device_code_pkey PRIMARY KEY (device_code_hash),
  constraint device_code_user_code_key UNIQUE (user_code),
  constraint device_code_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE
);

create table device_event (
  device_id uuid not null,
  id uuid not null,
  tenant_id uuid not null,
  scope ltree not null,
  at timestamp with time zone not null,
  class text not null,
  process text,
  content jsonb not null,
  received_at timestamp with time zone default now() not null,
  constraint device_event_pkey PRIMARY KEY (device_id, id),
  constraint device_event_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE CASCADE
);

create table device_group (
  id uuid not null,
  tenant_id uuid not null,
  organization_id uuid not null,
  parent_id uuid,
  scope ltree not null,
  name text not null,
  created_at timestamp with time zone default now() not null,
  version integer default 1 not null,
  constraint device_group_pkey PRIMARY KEY (id),
  constraint device_group_scope_key UNIQUE (scope),
  constraint device_group_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint device_group_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES device_group(id),
  constraint device_group_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint device_group_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120)))
);

create table device_inventory (
  device_id uuid not null,
  section text not null,
  tenant_id uuid not null,
  scope ltree not null,
  content jsonb not null,
  content_hash text not null,
  collected_at timestamp with time zone not null,
  received_at timestamp with time zone default now() not null,
  constraint device_inventory_pkey PRIMARY KEY (device_id, section),
  constraint device_inventory_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE CASCADE
);

create table device_link (
  device_id uuid not null,
  tenant_id uuid not null,
  receipt text,
  previous_receipt text,
  request_sent_at bigint default 0 not null,
  exchanged_at timestamp with time zone,
  acknowledged_sequence bigint default 0 not null,
  order_sequence bigint default 0 not null,
  acknowledged_order bigint default 0 not null,
  settings_version integer default 0 not null,
  wanted_settings integer default 0 not null,
  wanted_digest text,
  wanted_content text,
  is_settings_due boolean default true not null,
  constraint device_link_pkey PRIMARY KEY (device_id),
  constraint device_link_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE CASCADE
);

create table device_presence (
  device_id uuid not null,
  tenant_id uuid not null,
  scope ltree not null,
  status text default 'offline'::text not null,
  last_seen_at timestamp with time zone,
  connected_until timestamp with time zone,
  public_ip inet,
  cpu_percent real,
  memory_used_bytes bigint,
  memory_total_bytes bigint,
  disk_used_bytes bigint,
  disk_total_bytes bigint,
  clock_offset_ms bigint,
  pending_records bigint default 0 not null,
  dropped_records bigint default 0 not null,
  told_status text,
  told_seen_at timestamp with time zone,
  heard_at timestamp with time zone,
  heard_from text,
  heard_status text,
  away_since timestamp with time zone,
  constraint device_presence_pkey PRIMARY KEY (device_id),
  constraint device_presence_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE CASCADE,
  constraint device_presence_status_check CHECK ((status = ANY (ARRAY['online'::text, 'offline'::text, 'overdue'::text, 'unknown'::text])))
);

create table device_protection (
  device_id uuid not null,
  tenant_id uuid not null,
  scope ltree not null,
  state text not null,
  reasons text[] not null,
  health jsonb not null,
  reported_at timestamp with time zone not null,
  constraint device_protection_pkey PRIMARY KEY (device_id),
  constraint device_protection_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE CASCADE,
  constraint device_protection_state_check CHECK ((state = ANY (ARRAY['on'::text, 'degraded'::text, 'off'::text])))
);

create table discovery_asset (
  id uuid not null,
  tenant_id uuid not null,
  organization_id uuid not null,
  scope ltree not null,
  network_id uuid not null,
  ip inet not null,
  mac text,
  name text,
  names text[] default '{}'::text[] not null,
  is_ignored boolean default false not null,
  is_stale boolean default false not null,
  missed_scans integer default 0 not null,
  device_id uuid,
  note text,
  first_seen_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  constraint discovery_asset_pkey PRIMARY KEY (id),
  constraint discovery_asset_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE SET NULL,
  constraint discovery_asset_network_id_fkey FOREIGN KEY (network_id) REFERENCES discovery_network(id) ON DELETE CASCADE,
  constraint discovery_asset_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id)
);

create table discovery_network (
  id uuid not null,
  tenant_id uuid not null,
  organization_id uuid not null,
  scope ltree not null,
  cidr cidr not null,
  gateway_mac text,
  name text,
  state text default 'reported'::text not null,
  approved_by text,
  first_seen_at timestamp with time zone not null,
  last_scan_at timestamp with time zone,
  group_id uuid,
  constraint discovery_network_pkey PRIMARY KEY (id),
  constraint discovery_network_group_id_fkey FOREIGN KEY (group_id) REFERENCES device_group(id) ON DELETE CASCADE,
  constraint discovery_network_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint discovery_network_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint discovery_network_state_check CHECK ((state = ANY (ARRAY['reported'::text, 'approved'::text, 'refused'::text])))
);

create table discovery_port (
  asset_id uuid not null,
  port integer not null,
  transport text not null,
  tenant_id uuid not null,
  scope ltree not null,
  service text not null,
  product text,
  version text,
  banner text,
  tls jsonb,
  is_unauthenticated boolean,
  is_top boolean default false not null,
  first_seen_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  constraint discovery_port_pkey PRIMARY KEY (asset_id, transport, port),
  constraint discovery_port_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES discovery_asset(id) ON DELETE CASCADE,
  constraint discovery_port_port_check CHECK (((port >= 1) AND (port <= 65535)))
);

create table discovery_result (
  job_id uuid not null,
  kind text not null,
  sequence bigint not null,
  tenant_id uuid not null,
  items integer not null,
  content jsonb not null,
  constraint discovery_result_pkey PRIMARY KEY (job_id, sequence),
  constraint discovery_result_job_id_fkey FOREIGN KEY (job_id) REFERENCES job(id) ON DELETE CASCADE,
  constraint discovery_result_items_check CHECK ((items >= 0)),
  constraint discovery_result_kind_check CHECK ((kind = ANY (ARRAY['hosts'::text, 'ports'::text])))
);

create table discovery_scan (
  job_id uuid not null,
  tenant_id uuid not null,
  network_id uuid not null,
  hosts integer not null,
  ports integer not null,
  completed_at timestamp with time zone not null,
  constraint discovery_scan_pkey PRIMARY KEY (job_id),
  constraint discovery_scan_job_id_fkey FOREIGN KEY (job_id) REFERENCES job(id) ON DELETE CASCADE,
  constraint discovery_scan_network_id_fkey FOREIGN KEY (network_id) REFERENCES discovery_network(id) ON DELETE CASCADE
);

create table enrolment_key (
  id uuid not null,
  tenant_id uuid not null,
  organization_id uuid not null,
  group_id uuid,
  scope ltree not null,
  name text not null,
  key_id text not null,
  key_hash text not null,
  seats integer not null,
  used integer default 0 not null,
  allowed_cidr cidr,
  created_at timestamp with time zone default now() not null,
  created_by text not null,
  expires_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  constraint enrolment_key_pkey PRIMARY KEY (id),
  constraint enrolment_key_key_id_key UNIQUE (key_id),
  constraint enrolment_key_group_id_fkey FOREIGN KEY (group_id) REFERENCES device_group(id) ON DELETE SET NULL,
  constraint enrolment_key_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint enrolment_key_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint enrolment_key_check CHECK (((used >= 0) AND (used <= seats))),
  constraint enrolment_key_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120))),
  constraint enrolment_key_seats_check CHECK ((seats > 0))
);

create table finding (
  id uuid not null,
  tenant_id uuid not null,
  organization_id uuid not null,
  scope ltree not null,
  rule text not null,
  dedupe_key text not null,
  title text not null,
  severity smallint not null,
  state text not null,
  device_id uuid,
  asset_id uuid,
  port integer default 0 not null,
  subject text not null,
  evidence jsonb not null,
  remedy text not null,
  first_seen_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  resolved_at timestamp with time zone,
  reopened integer default 0 not null,
  note text,
  category text default 'exposure'::text not null,
  engine text,
  confidence smallint,
  techniques text[] default '{}'::text[] not null,
  count bigint default 1 not null,
  action jsonb,
  incident_id uuid,
  exception_id uuid,
  stored_at timestamp with time zone default now() not null,
  constraint finding_pkey PRIMARY KEY (id),
  constraint finding_asset_id_fkey FOREIGN KEY (asset_id) REFERENCES discovery_asset(id) ON DELETE CASCADE,
  constraint finding_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE CASCADE,
  constraint finding_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id) ON DELETE SET NULL,
  constraint finding_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint finding_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint finding_category_check CHECK ((category = ANY (ARRAY['exposure'::text, 'threat'::text]))),
  constraint finding_confidence_check CHECK (((confidence >= 0) AND (confidence <= 100))),
  constraint finding_severity_check CHECK (((severity >= 0) AND (severity <= 4))),
  constraint finding_state_check CHECK ((state = ANY (ARRAY['open'::text, 'resolved'::text, 'ignored'::text])))
);

create table finding_detection (
  finding_id uuid not null,
  tenant_id uuid not null,
  device_id uuid not null,
  scope ltree not null,
  content jsonb not null,
  constraint finding_detection_pkey PRIMARY KEY (finding_id),
  constraint finding_detection_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE CASCADE,
  constraint finding_detection_finding_id_fkey FOREIGN KEY (finding_id) REFERENCES finding(id) ON DELETE CASCADE
);

create table finding_observable (
  finding_id uuid not null,
  kind text not null,
  value text not null,
  tenant_id uuid not null,
  device_id uuid not null,
  seen_at timestamp with time zone not null,
  constraint finding_observable_pkey PRIMARY KEY (finding_id, kind, value),
  constraint finding_observable_finding_id_fkey FOREIGN KEY (finding_id) REFERENCES finding(id) ON DELETE CASCADE,
  constraint finding_observable_kind_check CHECK ((kind = ANY (ARRAY['process'::text, 'sha256'::text, 'path'::text, 'address'::text]))),
  constraint finding_observable_value_check CHECK ((length(value) <= 200))
);

create table idempotency_key (
  account_id uuid not null,
  key text not null,
  fingerprint text not null,
  made_id uuid not null,
  status integer,
  body text,
  created_at timestamp with time zone default now() not null,
  constraint idempotency_key_pkey PRIMARY KEY (account_id, key),
  constraint idempotency_key_key_check CHECK ((length(key) <= 200))
);

create table incident (
  id uuid not null,
  tenant_id uuid not null,
  organization_id uuid not null,
  scope ltree not null,
  kind text not null,
  dedupe_key text not null,
  title text not null,
  severity smallint not null,
  state text not null,
  opened_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  closed_by text,
  timeline jsonb default '[]'::jsonb not null,
  ref text,
  constraint incident_pkey PRIMARY KEY (id),
  constraint incident_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint incident_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint incident_severity_check CHECK (((severity >= 0) AND (severity <= 4))),
  constraint incident_state_check CHECK ((state = ANY (ARRAY['open'::text, 'acknowledged'::text, 'closed'::text])))
);

create table incident_dark (
  device_id uuid not null,
  tenant_id uuid not null,
  organization_id uuid not null,
  site text not null,
  dark_at timestamp with time zone not null,
  due_at timestamp with time zone not null,
  constraint incident_dark_pkey PRIMARY KEY (device_id),
  constraint incident_dark_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE CASCADE
);

create table incident_device (
  incident_id uuid not null,
  device_id uuid not null,
  tenant_id uuid not null,
  scope ltree not null,
  constraint incident_device_pkey PRIMARY KEY (incident_id, device_id),
  constraint incident_device_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE CASCADE,
  constraint incident_device_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id) ON DELETE CASCADE
);

create table job (
  id uuid not null,
  tenant_id uuid not null,
  organization_id uuid not null,
  scope ltree not null,
  device_id uuid not null,
  batch_id uuid,
  kind text not null,
  arguments jsonb not null,
  state text not null,
  progress jsonb,
  summary jsonb,
  error_code text,
  error_detail text,
  is_cancel_requested boolean default false not null,
  created_at timestamp with time zone not null,
  created_by text not null,
  sent_at timestamp with time zone,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  expires_at timestamp with time zone not null,
  constraint job_pkey PRIMARY KEY (id),
  constraint job_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE CASCADE,
  constraint job_check CHECK (((state = ANY (ARRAY['succeeded'::text, 'failed'::text, 'expired'::text, 'cancelled'::text])) = (finished_at IS NOT NULL))),
  constraint job_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'expired'::text, 'cancelled'::text])))
);

create table job_order (
  device_id uuid not null,
  sequence bigint not null,
  tenant_id uuid not null,
  job_id uuid not null,
  is_cancel boolean default false not null,
  envelope json not null,
  expires_at timestamp with time zone not null,
  constraint job_order_pkey PRIMARY KEY (device_id, sequence),
  constraint job_order_job_id_fkey FOREIGN KEY (job_id) REFERENCES job(id) ON DELETE CASCADE
);

create table join_candidate (
  id uuid not null,
  tenant_id uuid,
  scope ltree not null,
  node_id uuid not null,
  public_key text not null,
  fingerprint text not null,
  name text not null,
  source text not null,
  token_id uuid,
  address text not null,
  network text not null,
  urls jsonb default '[]'::jsonb not null,
  version text default ''::text not null,
  issued_at timestamp with time zone default '1970-01-01 00:00:00+00'::timestamp with time zone not null,
  first_seen_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  parent_id uuid,
  created_by text default ''::text not null,
  approved_at timestamp with time zone,
  denied_at timestamp with time zone,
  decided_by text,
  joined_at timestamp with time zone,
  constraint join_candidate_pkey PRIMARY KEY (id),
  constraint join_candidate_fingerprint_key UNIQUE (fingerprint),
  constraint join_candidate_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id) ON DELETE CASCADE,
  constraint join_candidate_token_id_fkey FOREIGN KEY (token_id) REFERENCES join_token(id) ON DELETE CASCADE,
  constraint join_candidate_address_check CHECK ((length(address) <= 45)),
  constraint join_candidate_fingerprint_check CHECK ((length(fingerprint) = 32)),
  constraint join_candidate_name_check CHECK ((length(name) <= 120)),
  constraint join_candidate_network_check CHECK ((length(network) <= 49)),
  constraint join_candidate_public_key_check CHECK ((length(public_key) = 43)),
  constraint join_candidate_source_check CHECK ((source = ANY (ARRAY['heard'::text, 'asked'::text, 'token'::text]))),
  constraint join_candidate_version_check CHECK ((length(version) <= 40))
);

create table join_token (
  id uuid not null,
  tenant_id uuid not null,
  scope ltree not null,
  parent_id uuid not null,
  name text not null,
  token_id text not null,
  token_hash text not null,
  is_approval_needed boolean not null,
  created_at timestamp with time zone not null,
  created_by text not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  used_by uuid,
  used_key text,
  revoked_at timestamp with time zone,
  constraint join_token_pkey PRIMARY KEY (id),
  constraint join_token_token_id_key UNIQUE (token_id),
  constraint join_token_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint join_token_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120))),
  constraint join_token_token_hash_check CHECK ((length(token_hash) = 64)),
  constraint join_token_token_id_check CHECK ((length(token_id) = 16))
);

create table licence (
  id uuid not null,
  tenant_id uuid not null,
  scope ltree not null,
  envelope jsonb not null,
  features text[] not null,
  seats integer not null,
  valid_from timestamp with time zone not null,
  valid_until timestamp with time zone not null,
  grace_days integer not null,
  issued_at timestamp with time zone not null,
  is_current boolean default true not null,
  constraint licence_pkey PRIMARY KEY (id),
  constraint licence_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id)
);

create table licence_file (
  tenant_id uuid not null,
  scope ltree not null,
  id uuid not null,
  envelope jsonb not null,
  features text[] not null,
  seats integer not null,
  valid_from timestamp with time zone not null,
  valid_until timestamp with time zone not null,
  grace_days integer not null,
  issued_at timestamp with time zone not null,
  installed_at timestamp with time zone not null,
  installed_by text not null,
  constraint licence_file_pkey PRIMARY KEY (tenant_id),
  constraint licence_file_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id) ON DELETE CASCADE,
  constraint licence_file_installed_by_check CHECK ((length(installed_by) <= 320))
);

create table organization (
  id uuid not null,
  tenant_id uuid not null,
  scope ltree not null,
  name text not null,
  created_at timestamp with time zone default now() not null,
  version integer default 1 not null,
  constraint organization_pkey PRIMARY KEY (id),
  constraint organization_scope_key UNIQUE (scope),
  constraint organization_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint organization_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120)))
);

create table platform_secret (
  name text not null,
  sealed bytea not null,
  created_at timestamp with time zone default now() not null,
  constraint platform_secret_pkey PRIMARY KEY (name),
  constraint platform_secret_name_check CHECK ((length(name) <= 120))
);

create table platform_setting (
  name text not null,
  value jsonb not null,
  changed_at timestamp with time zone default now() not null,
  constraint platform_setting_pkey PRIMARY KEY (name),
  constraint platform_setting_name_check CHECK ((length(name) <= 120))
);

create table policy (
  id uuid not null,
  tenant_id uuid not null,
  organization_id uuid,
  group_id uuid,
  device_id uuid,
  scope ltree not null,
  name text not null,
  fields jsonb not null,
  locks text[] default '{}'::text[] not null,
  version integer default 1 not null,
  created_at timestamp with time zone not null,
  changed_at timestamp with time zone not null,
  changed_by text not null,
  next_end_at timestamp with time zone,
  ref text,
  rollout jsonb,
  constraint policy_pkey PRIMARY KEY (id),
  constraint policy_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE CASCADE,
  constraint policy_group_id_fkey FOREIGN KEY (group_id) REFERENCES device_group(id) ON DELETE CASCADE,
  constraint policy_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint policy_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id) ON DELETE CASCADE,
  constraint policy_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120)))
);

create table policy_version (
  policy_id uuid not null,
  version integer not null,
  tenant_id uuid not null,
  scope ltree not null,
  name text not null,
  fields jsonb not null,
  locks text[] not null,
  changed_at timestamp with time zone not null,
  changed_by text not null,
  constraint policy_version_pkey PRIMARY KEY (policy_id, version),
  constraint policy_version_policy_id_fkey FOREIGN KEY (policy_id) REFERENCES policy(id) ON DELETE CASCADE
);

create table quarantine_entry (
  id uuid not null,
  tenant_id uuid not null,
  organization_id uuid not null,
  scope ltree not null,
  device_id uuid not null,
  state text not null,
  path text not null,
  size_bytes bigint not null,
  sha256 text not null,
  mode bigint not null,
  uid bigint not null,
  gid bigint not null,
  finding_id uuid,
  rule text,
  note text,
  sealed_at timestamp with time zone not null,
  changed_at timestamp with time zone not null,
  job_id uuid,
  ordered_by text,
  order_reason text,
  constraint quarantine_entry_pkey PRIMARY KEY (id),
  constraint quarantine_entry_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE CASCADE,
  constraint quarantine_entry_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint quarantine_entry_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id),
  constraint quarantine_entry_state_check CHECK ((state = ANY (ARRAY['sealed'::text, 'restored'::text, 'deleted'::text, 'expired'::text])))
);

create table rule_exception (
  id uuid not null,
  tenant_id uuid not null,
  organization_id uuid,
  group_id uuid,
  device_id uuid,
  scope ltree not null,
  rule_id text,
  selection jsonb not null,
  reason text not null,
  expires_at timestamp with time zone,
  is_ended boolean default false not null,
  created_at timestamp with time zone not null,
  created_by text not null,
  constraint rule_exception_pkey PRIMARY KEY (id),
  constraint rule_exception_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE CASCADE,
  constraint rule_exception_group_id_fkey FOREIGN KEY (group_id) REFERENCES device_group(id) ON DELETE CASCADE,
  constraint rule_exception_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint rule_exception_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id) ON DELETE CASCADE
);

create table rule_imported (
  id uuid not null,
  rule_set_id uuid not null,
  tenant_id uuid not null,
  scope ltree not null,
  rule_id text not null,
  title text not null,
  remedy text not null,
  engine text not null,
  severity smallint not null,
  confidence smallint not null,
  techniques text[] not null,
  status text not null,
  author text,
  description text default ''::text not null,
  constraint rule_imported_pkey PRIMARY KEY (id),
  constraint rule_imported_rule_set_id_fkey FOREIGN KEY (rule_set_id) REFERENCES rule_set(id) ON DELETE CASCADE
);

create table rule_product (
  id uuid not null,
  rule_id text not null,
  title text not null,
  remedy text not null,
  engine text not null,
  severity smallint not null,
  confidence smallint not null,
  techniques text[] not null,
  status text not null,
  author text,
  description text default ''::text not null,
  constraint rule_product_pkey PRIMARY KEY (id),
  constraint rule_product_rule_id_key UNIQUE (rule_id)
);

create table rule_set (
  id uuid not null,
  tenant_id uuid not null,
  scope ltree not null,
  name text not null,
  format text not null,
  licence text not null,
  is_enabled boolean default true not null,
  rules integer not null,
  size_bytes integer not null,
  digest text not null,
  version integer default 1 not null,
  created_at timestamp with time zone not null,
  changed_at timestamp with time zone not null,
  changed_by text not null,
  constraint rule_set_pkey PRIMARY KEY (id),
  constraint rule_set_digest_fkey FOREIGN KEY (digest) REFERENCES content_part(digest),
  constraint rule_set_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id) ON DELETE CASCADE,
  constraint rule_set_format_check CHECK ((format = ANY (ARRAY['sigma'::text, 'yara'::text, 'hashes'::text]))),
  constraint rule_set_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120)))
);

create table rule_switch (
  id uuid not null,
  tenant_id uuid not null,
  organization_id uuid,
  group_id uuid,
  device_id uuid,
  scope ltree not null,
  rule_id text not null,
  setting text not null,
  reason text not null,
  changed_at timestamp with time zone not null,
  changed_by text not null,
  constraint rule_switch_pkey PRIMARY KEY (id),
  constraint rule_switch_device_id_fkey FOREIGN KEY (device_id) REFERENCES device(id) ON DELETE CASCADE,
  constraint rule_switch_group_id_fkey FOREIGN KEY (group_id) REFERENCES device_group(id) ON DELETE CASCADE,
  constraint rule_switch_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organization(id) ON DELETE CASCADE,
  constraint rule_switch_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id) ON DELETE CASCADE,
  constraint rule_switch_setting_check CHECK ((setting = ANY (ARRAY['on'::text, 'report'::text, 'off'::text])))
);

create table saved_view (
  id uuid not null,
  account_id uuid not null,
  noun text not null,
  name text not null,
  filter text not null,
  sort text,
  columns text[],
  created_at timestamp with time zone default now() not null,
  constraint saved_view_pkey PRIMARY KEY (id),
  constraint saved_view_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE
);

create table schema_migration (
  name text not null,
  hash text not null,
  applied_at timestamp with time zone default now() not null,
  constraint schema_migration_pkey PRIMARY KEY (name)
);

create table seat_lease (
  id uuid not null,
  tenant_id uuid not null,
  scope ltree not null,
  seats integer not null,
  expires_at timestamp with time zone not null,
  changed_at timestamp with time zone not null,
  constraint seat_lease_pkey PRIMARY KEY (id),
  constraint seat_lease_seats_check CHECK ((seats >= 0))
);

create table session (
  id uuid not null,
  account_id uuid not null,
  refresh_hash text not null,
  previous_hash text,
  rotated_at timestamp with time zone not null,
  epoch integer not null,
  methods text[] not null,
  address inet not null,
  user_agent text not null,
  created_at timestamp with time zone default now() not null,
  last_used_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  revoked_reason text,
  constraint session_pkey PRIMARY KEY (id),
  constraint session_previous_hash_key UNIQUE (previous_hash),
  constraint session_refresh_hash_key UNIQUE (refresh_hash),
  constraint session_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE,
  constraint session_user_agent_check CHECK ((length(user_agent) <= 300))
);

create table sign_in_failure (
  key text not null,
  failed_count integer not null,
  failed_at timestamp with time zone not null,
  constraint sign_in_failure_pkey PRIMARY KEY (key),
  constraint sign_in_failure_key_check CHECK ((length(key) <= 100))
);

create table sync_alias (
  tenant_id uuid not null,
  from_id text not null,
  to_id text not null,
  scope ltree not null,
  g bigint default 0 not null,
  constraint sync_alias_pkey PRIMARY KEY (tenant_id, from_id)
);

create table sync_aside (
  tenant_id uuid not null,
  type text not null,
  row_id text not null,
  scope ltree not null,
  fields jsonb not null,
  reason text not null,
  detail text not null,
  is_written boolean not null,
  since timestamp with time zone default now() not null,
  tried_at timestamp with time zone default now() not null,
  constraint sync_aside_pkey PRIMARY KEY (tenant_id, type, row_id),
  constraint sync_aside_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id) ON DELETE CASCADE,
  constraint sync_aside_detail_check CHECK ((length(detail) <= 1000)),
  constraint sync_aside_row_id_check CHECK ((length(row_id) <= 200))
);

create table sync_conflict (
  id uuid not null,
  tenant_id uuid not null,
  scope ltree not null,
  at timestamp with time zone not null,
  kind text not null,
  reason text not null,
  type text not null,
  row_id text not null,
  op_id text not null,
  node text not null,
  op_kind text not null,
  changed_by text not null,
  lost jsonb not null,
  kept jsonb not null,
  state text default 'open'::text not null,
  resolved_at timestamp with time zone,
  resolved_by text,
  kept_version integer,
  constraint sync_conflict_pkey PRIMARY KEY (id),
  constraint sync_conflict_kind_check CHECK ((kind = ANY (ARRAY['lost'::text, 'rejected'::text]))),
  constraint sync_conflict_state_check CHECK ((state = ANY (ARRAY['open'::text, 'reapplied'::text, 'dismissed'::text])))
);

create table sync_living (
  tenant_id uuid not null,
  node text not null,
  stream text not null,
  at text not null,
  constraint sync_living_pkey PRIMARY KEY (tenant_id, node)
);

create table sync_log (
  tenant_id uuid not null,
  g bigint not null,
  stream text not null,
  q bigint not null,
  head text,
  holes bigint[],
  scope ltree,
  scopes ltree[],
  type text not null,
  entry json,
  at timestamp with time zone default now() not null,
  constraint sync_log_pkey PRIMARY KEY (tenant_id, g)
);

create table sync_op (
  tenant_id uuid not null,
  kind text not null,
  stream text not null,
  q bigint not null,
  op_id text not null,
  row_id text not null,
  type text not null,
  place ltree,
  previous_head text not null,
  head text not null,
  signature text,
  op text not null,
  at timestamp with time zone default now() not null,
  constraint sync_op_pkey PRIMARY KEY (tenant_id, kind, stream, q),
  constraint sync_op_kind_check CHECK ((kind = ANY (ARRAY['pending'::text, 'archive'::text, 'relay'::text, 'foreign'::text])))
);

create table sync_op_id (
  tenant_id uuid not null,
  op_id text not null,
  g bigint not null,
  at timestamp with time zone default now() not null,
  constraint sync_op_id_pkey PRIMARY KEY (tenant_id, op_id)
);

create table sync_outbox (
  id bigint default nextval('sync_outbox_id_seq'::regclass) not null,
  tenant_id uuid not null,
  type text not null,
  row_id text not null,
  kind text not null,
  scope ltree,
  fields jsonb default '{}'::jsonb not null,
  actor text default ''::text not null,
  seen bigint not null,
  at timestamp with time zone default now() not null,
  constraint sync_outbox_pkey PRIMARY KEY (id),
  constraint sync_outbox_kind_check CHECK ((kind = ANY (ARRAY['create'::text, 'patch'::text, 'delete'::text, 'move'::text])))
);

create table sync_peer (
  tenant_id uuid not null,
  node text not null,
  epoch bigint not null,
  cursor bigint not null,
  scope_version bigint not null,
  snapshot_at bigint,
  seen_at timestamp with time zone not null,
  constraint sync_peer_pkey PRIMARY KEY (tenant_id, node)
);

create table sync_reference (
  id uuid default gen_random_uuid() not null,
  tenant_id uuid not null,
  scope ltree not null,
  type text not null,
  row_id text not null,
  given text not null,
  provisional_ref text,
  ref text,
  is_merged boolean default false not null,
  at timestamp with time zone default now() not null,
  constraint sync_reference_pkey PRIMARY KEY (id),
  constraint sync_reference_tenant_id_type_given_key UNIQUE (tenant_id, type, given),
  constraint sync_reference_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id) ON DELETE CASCADE
);

create table sync_row (
  tenant_id uuid not null,
  row_id text not null,
  type text not null,
  scope ltree not null,
  g bigint not null,
  ref text,
  is_deleted boolean not null,
  fields json not null,
  natural_key text,
  refers_to text[],
  snapshot_number bigint default 0 not null,
  constraint sync_row_pkey PRIMARY KEY (tenant_id, row_id)
);

create table sync_stream (
  tenant_id uuid not null,
  stream text not null,
  q bigint,
  head text,
  holes bigint[] default '{}'::bigint[] not null,
  gap_since bigint,
  relay_up_to bigint,
  relay_head text,
  used_number bigint,
  is_left boolean default false not null,
  constraint sync_stream_pkey PRIMARY KEY (tenant_id, stream)
);

create table sync_tenant (
  tenant_id uuid not null,
  node text not null,
  epoch bigint default 1 not null,
  cursor bigint default 0 not null,
  floor bigint default 0 not null,
  scope_version bigint default 0 not null,
  stream text not null,
  q bigint default 0 not null,
  head text not null,
  hlc text not null,
  last_ref bigint default 0 not null,
  catchup jsonb,
  snapshot_number bigint default 0 not null,
  upstream text default ''::text not null,
  receipts jsonb default '{}'::jsonb not null,
  request_number bigint default 0 not null,
  baseline jsonb,
  created_at timestamp with time zone default now() not null,
  wish_floor bigint default 0 not null,
  relay_forks jsonb default '[]'::jsonb not null,
  declarations jsonb,
  constraint sync_tenant_pkey PRIMARY KEY (tenant_id),
  constraint sync_tenant_node_check CHECK ((length(node) <= 60))
);

create table sync_voucher (
  tenant_id uuid not null,
  node text not null,
  from_g bigint not null,
  up_to bigint not null,
  epoch bigint not null,
  scope_version bigint not null,
  digest text not null,
  said_at bigint not null,
  sealed text not null,
  constraint sync_voucher_pkey PRIMARY KEY (tenant_id, node, up_to)
);

create table temporary_id (
  account_id uuid not null,
  given text not null,
  id uuid not null,
  made_at timestamp with time zone default clock_timestamp() not null,
  constraint temporary_id_pkey PRIMARY KEY (account_id, given),
  constraint temporary_id_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id) ON DELETE CASCADE,
  constraint temporary_id_given_check CHECK ((length(given) <= 104))
);

create table tenant (
  id uuid not null,
  tenant_id uuid generated always as (id) stored not null,
  scope ltree not null,
  name text not null,
  public_key text not null,
  is_support_access_on boolean default true not null,
  is_suspended boolean default false not null,
  seats_used integer default 0 not null,
  created_at timestamp with time zone default now() not null,
  version integer default 1 not null,
  constraint tenant_pkey PRIMARY KEY (id),
  constraint tenant_scope_key UNIQUE (scope),
  constraint tenant_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120))),
  constraint tenant_seats_used_check CHECK ((seats_used >= 0))
);

-- Storage

alter table device_link set (fillfactor=70);

alter table device_presence set (fillfactor=70);

alter table device_protection set (fillfactor=70);

alter table job set (fillfactor=60);

-- Indexes

CREATE INDEX account_former_left_at ON public.account_former USING btree (left_at);

CREATE INDEX account_tenant ON public.account USING btree (tenant_id);

CREATE INDEX api_token_account ON public.api_token USING btree (account_id);

CREATE INDEX controller_parent ON public.controller USING btree (parent_id);

CREATE INDEX controller_ref ON public.controller USING btree (tenant_id, ref) WHERE (ref IS NOT NULL);

CREATE INDEX controller_tenant ON public.controller USING btree (tenant_id, layer);

CREATE INDEX device_enrolled ON public.device USING btree (tenant_id, enrolled_at, id) WHERE (state = 'active'::text);

CREATE INDEX device_enrolled_all ON public.device USING btree (enrolled_at, id) WHERE (state = 'active'::text);

CREATE INDEX device_enrolled_by ON public.device USING btree (tenant_id) WHERE (enrolled_by IS NOT NULL);

CREATE INDEX device_event_age ON public.device_event USING btree (received_at);

CREATE INDEX device_event_process ON public.device_event USING btree (device_id, process, at DESC) WHERE (process IS NOT NULL);

CREATE INDEX device_event_time ON public.device_event USING btree (device_id, at DESC, id DESC);

CREATE INDEX device_group_id ON public.device USING btree (group_id);

CREATE UNIQUE INDEX device_group_name ON public.device_group USING btree (organization_id, COALESCE(parent_id, organization_id), lower(name));

CREATE INDEX device_group_parent ON public.device_group USING btree (parent_id);

CREATE INDEX device_group_scope ON public.device_group USING gist (scope);

CREATE INDEX device_group_tenant ON public.device_group USING btree (tenant_id, organization_id);

CREATE INDEX device_hostname ON public.device USING btree (tenant_id, hostname, id) WHERE (state = 'active'::text);

CREATE INDEX device_hostname_all ON public.device USING btree (hostname, id) WHERE (state = 'active'::text);

CREATE INDEX device_is_grace ON public.device USING btree (tenant_id) WHERE is_grace;

CREATE INDEX device_list ON public.device USING btree (tenant_id, name, id) WHERE (state = 'active'::text);

CREATE INDEX device_list_all ON public.device USING btree (name, id) WHERE (state = 'active'::text);

CREATE INDEX device_mac ON public.device USING btree (tenant_id, mac_address);

CREATE INDEX device_network ON public.device USING btree (organization_id, primary_cidr);

CREATE INDEX device_organization ON public.device USING btree (organization_id);

CREATE INDEX device_presence_heard_from ON public.device_presence USING btree (heard_from) WHERE (heard_from IS NOT NULL);

CREATE INDEX device_presence_tenant ON public.device_presence USING btree (tenant_id, status);

CREATE INDEX device_protection_tenant ON public.device_protection USING btree (tenant_id, state);

CREATE INDEX device_ref ON public.device USING btree (tenant_id, ref) WHERE (ref IS NOT NULL);

CREATE INDEX device_scope ON public.device USING gist (scope);

CREATE INDEX discovery_asset_device ON public.discovery_asset USING btree (device_id);

CREATE INDEX discovery_asset_mac ON public.discovery_asset USING btree (network_id, mac);

CREATE INDEX discovery_asset_network ON public.discovery_asset USING btree (network_id, ip);

CREATE INDEX discovery_asset_tenant ON public.discovery_asset USING btree (tenant_id, last_seen_at DESC);

CREATE INDEX discovery_network_group ON public.discovery_network USING btree (group_id) WHERE (group_id IS NOT NULL);

CREATE UNIQUE INDEX discovery_network_identity ON public.discovery_network USING btree (organization_id, COALESCE(group_id, organization_id), cidr, COALESCE(gateway_mac, ''::text));

CREATE INDEX discovery_network_tenant ON public.discovery_network USING btree (tenant_id);

CREATE INDEX discovery_scan_network ON public.discovery_scan USING btree (network_id);

CREATE INDEX enrolment_key_tenant ON public.enrolment_key USING btree (tenant_id, created_at DESC);

CREATE INDEX finding_asset ON public.finding USING btree (asset_id) WHERE (asset_id IS NOT NULL);

CREATE INDEX finding_detection_device ON public.finding_detection USING btree (device_id);

CREATE INDEX finding_device ON public.finding USING btree (device_id) WHERE (device_id IS NOT NULL);

CREATE INDEX finding_exception ON public.finding USING btree (exception_id) WHERE (exception_id IS NOT NULL);

CREATE INDEX finding_flood ON public.finding USING btree (device_id, stored_at) WHERE (category = 'threat'::text);

CREATE UNIQUE INDEX finding_identity ON public.finding USING btree (tenant_id, dedupe_key);

CREATE INDEX finding_incident ON public.finding USING btree (incident_id) WHERE (incident_id IS NOT NULL);

CREATE INDEX finding_observable_value ON public.finding_observable USING btree (tenant_id, kind, value, seen_at DESC);

CREATE INDEX finding_open ON public.finding USING btree (tenant_id, severity) WHERE (state = 'open'::text);

CREATE INDEX finding_organization ON public.finding USING btree (organization_id);

CREATE INDEX finding_rule ON public.finding USING btree (tenant_id, rule, last_seen_at) WHERE (category = 'threat'::text);

CREATE INDEX finding_scope ON public.finding USING gist (scope);

CREATE INDEX finding_tenant ON public.finding USING btree (tenant_id, last_seen_at DESC);

CREATE INDEX idempotency_key_created_at ON public.idempotency_key USING btree (created_at);

CREATE INDEX incident_dark_due ON public.incident_dark USING btree (due_at);

CREATE INDEX incident_device_device ON public.incident_device USING btree (device_id);

CREATE UNIQUE INDEX incident_open ON public.incident USING btree (tenant_id, dedupe_key) WHERE (state <> 'closed'::text);

CREATE INDEX incident_organization ON public.incident USING btree (organization_id);

CREATE INDEX incident_ref ON public.incident USING btree (tenant_id, ref) WHERE (ref IS NOT NULL);

CREATE INDEX incident_scope ON public.incident USING gist (scope);

CREATE INDEX incident_tenant ON public.incident USING btree (tenant_id, opened_at DESC);

CREATE INDEX job_batch ON public.job USING btree (batch_id) WHERE (batch_id IS NOT NULL);

CREATE INDEX job_device ON public.job USING btree (device_id, created_at DESC);

CREATE INDEX job_finished ON public.job USING btree (finished_at) WHERE (finished_at IS NOT NULL);

CREATE INDEX job_open ON public.job USING btree (tenant_id, device_id, expires_at) WHERE (finished_at IS NULL);

CREATE INDEX job_order_job ON public.job_order USING btree (job_id);

CREATE INDEX job_tenant ON public.job USING btree (tenant_id, created_at DESC, id);

CREATE INDEX join_candidate_node ON public.join_candidate USING btree (node_id);

CREATE INDEX join_candidate_tenant ON public.join_candidate USING btree (tenant_id, first_seen_at);

CREATE INDEX join_token_tenant ON public.join_token USING btree (tenant_id, created_at);

CREATE UNIQUE INDEX licence_current ON public.licence USING btree (tenant_id) WHERE is_current;

CREATE UNIQUE INDEX organization_name ON public.organization USING btree (tenant_id, lower(name));

CREATE UNIQUE INDEX policy_device ON public.policy USING btree (device_id) WHERE (device_id IS NOT NULL);

CREATE INDEX policy_group ON public.policy USING btree (group_id);

CREATE INDEX policy_next_end ON public.policy USING btree (next_end_at) WHERE (next_end_at IS NOT NULL);

CREATE UNIQUE INDEX policy_node ON public.policy USING btree (scope) WHERE (device_id IS NULL);

CREATE INDEX policy_organization ON public.policy USING btree (organization_id);

CREATE INDEX policy_ref ON public.policy USING btree (tenant_id, ref) WHERE (ref IS NOT NULL);

CREATE INDEX policy_rolling ON public.policy USING btree (id) WHERE (rollout IS NOT NULL);

CREATE INDEX policy_tenant ON public.policy USING btree (tenant_id, changed_at DESC);

CREATE INDEX quarantine_entry_device ON public.quarantine_entry USING btree (device_id, sealed_at DESC);

CREATE INDEX quarantine_entry_organization ON public.quarantine_entry USING btree (organization_id);

CREATE INDEX quarantine_entry_tenant ON public.quarantine_entry USING btree (tenant_id, sealed_at DESC);

CREATE INDEX rule_exception_device ON public.rule_exception USING btree (device_id) WHERE (device_id IS NOT NULL);

CREATE INDEX rule_exception_end ON public.rule_exception USING btree (expires_at) WHERE (NOT is_ended);

CREATE INDEX rule_exception_tenant ON public.rule_exception USING btree (tenant_id, created_at DESC);

CREATE INDEX rule_imported_set ON public.rule_imported USING btree (rule_set_id);

CREATE INDEX rule_imported_tenant ON public.rule_imported USING btree (tenant_id, rule_id);

CREATE INDEX rule_set_digest ON public.rule_set USING btree (digest);

CREATE UNIQUE INDEX rule_set_name ON public.rule_set USING btree (tenant_id, lower(name));

CREATE UNIQUE INDEX rule_switch_device ON public.rule_switch USING btree (device_id, rule_id) WHERE (device_id IS NOT NULL);

CREATE UNIQUE INDEX rule_switch_node ON public.rule_switch USING btree (scope, rule_id) WHERE (device_id IS NULL);

CREATE INDEX rule_switch_tenant ON public.rule_switch USING btree (tenant_id, rule_id);

CREATE INDEX saved_view_account ON public.saved_view USING btree (account_id);

CREATE INDEX seat_lease_tenant ON public.seat_lease USING btree (tenant_id);

CREATE INDEX session_account ON public.session USING btree (account_id);

CREATE INDEX session_expires_at ON public.session USING btree (expires_at);

CREATE INDEX sign_in_failure_failed_at ON public.sign_in_failure USING btree (failed_at);

CREATE INDEX sync_alias_to ON public.sync_alias USING btree (tenant_id, to_id);

CREATE INDEX sync_conflict_at ON public.sync_conflict USING btree (tenant_id, at DESC, id);

CREATE UNIQUE INDEX sync_conflict_op ON public.sync_conflict USING btree (tenant_id, op_id);

CREATE INDEX sync_log_refused ON public.sync_log USING btree (tenant_id, g) WHERE ((scope IS NULL) AND (entry IS NOT NULL));

CREATE INDEX sync_op_archive ON public.sync_op USING brin (at) WHERE (kind = 'archive'::text);

CREATE INDEX sync_op_id_at ON public.sync_op_id USING brin (at);

CREATE INDEX sync_op_row ON public.sync_op USING btree (tenant_id, row_id) WHERE (kind <> 'archive'::text);

CREATE INDEX sync_outbox_tenant ON public.sync_outbox USING btree (tenant_id, id);

CREATE INDEX sync_reference_at ON public.sync_reference USING btree (tenant_id, at DESC, id);

CREATE INDEX sync_reference_provisional ON public.sync_reference USING btree (tenant_id, provisional_ref) WHERE (provisional_ref IS NOT NULL);

CREATE INDEX sync_row_deleted ON public.sync_row USING btree (tenant_id, g) WHERE is_deleted;

CREATE INDEX sync_row_key ON public.sync_row USING btree (tenant_id, type, natural_key) WHERE ((natural_key IS NOT NULL) AND (NOT is_deleted));

CREATE INDEX sync_row_refers_to ON public.sync_row USING gin (refers_to) WITH (fastupdate=off) WHERE (refers_to IS NOT NULL);

CREATE INDEX sync_voucher_up_to ON public.sync_voucher USING btree (tenant_id, up_to);

CREATE INDEX temporary_id_made_at ON public.temporary_id USING btree (account_id, made_at);

CREATE UNIQUE INDEX tenant_name ON public.tenant USING btree (lower(name));

-- Row-level security

alter table account enable row level security; -- forced

alter table account_credential enable row level security; -- forced

alter table account_former enable row level security; -- forced

alter table account_role enable row level security; -- forced

alter table api_token enable row level security; -- forced

alter table blocked_address enable row level security; -- forced

alter table content_part enable row level security; -- forced

alter table content_product enable row level security; -- forced

alter table content_tenant enable row level security; -- forced

alter table controller enable row level security; -- forced

alter table controller_report enable row level security; -- forced

alter table device enable row level security; -- forced

alter table device_code enable row level security; -- forced

alter table device_event enable row level security; -- forced

alter table device_group enable row level security; -- forced

alter table device_inventory enable row level security; -- forced

alter table device_link enable row level security; -- forced

alter table device_presence enable row level security; -- forced

alter table device_protection enable row level security; -- forced

alter table discovery_asset enable row level security; -- forced

alter table discovery_network enable row level security; -- forced

alter table discovery_port enable row level security; -- forced

alter table discovery_result enable row level security; -- forced

alter table discovery_scan enable row level security; -- forced

alter table enrolment_key enable row level security; -- forced

alter table finding enable row level security; -- forced

alter table finding_detection enable row level security; -- forced

alter table finding_observable enable row level security; -- forced

alter table idempotency_key enable row level security; -- forced

alter table incident enable row level security; -- forced

alter table incident_dark enable row level security; -- forced

alter table incident_device enable row level security; -- forced

alter table job enable row level security; -- forced

alter table job_order enable row level security; -- forced

alter table join_candidate enable row level security; -- forced

alter table join_token enable row level security; -- forced

alter table licence enable row level security; -- forced

alter table licence_file enable row level security; -- forced

alter table organization enable row level security; -- forced

alter table platform_secret enable row level security; -- forced

alter table platform_setting enable row level security; -- forced

alter table policy enable row level security; -- forced

alter table policy_version enable row level security; -- forced

alter table quarantine_entry enable row level security; -- forced

alter table rule_exception enable row level security; -- forced

alter table rule_imported enable row level security; -- forced

alter table rule_product enable row level security; -- forced

alter table rule_set enable row level security; -- forced

alter table rule_switch enable row level security; -- forced

alter table saved_view enable row level security; -- forced

alter table schema_migration disable row level security; -- NOT FORCED

alter table seat_lease enable row level security; -- forced

alter table session enable row level security; -- forced

alter table sign_in_failure enable row level security; -- forced

alter table sync_alias enable row level security; -- forced

alter table sync_aside enable row level security; -- forced

alter table sync_conflict enable row level security; -- forced

alter table sync_living enable row level security; -- forced

alter table sync_log enable row level security; -- forced

alter table sync_op enable row level security; -- forced

alter table sync_op_id enable row level security; -- forced

alter table sync_outbox enable row level security; -- forced

alter table sync_peer enable row level security; -- forced

alter table sync_reference enable row level security; -- forced

alter table sync_row enable row level security; -- forced

alter table sync_stream enable row level security; -- forced

alter table sync_tenant enable row level security; -- forced

alter table sync_voucher enable row level security; -- forced

alter table temporary_id enable row level security; -- forced

alter table tenant enable row level security; -- forced

-- Policies

create policy of_auth on account for all to wardgrid_auth
  using true
  with check true;

create policy of_ingest on account for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on account for all to wardgrid_platform
  using (((tenant_id IS NULL) OR (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))) AND ((( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) OR (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))) AND ((( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) OR (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))))
  with check true;

create policy of_scope on account for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND ((( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) OR (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))) AND ((( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) OR (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))))
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND ((( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) OR (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))) AND ((( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) OR (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))));

create policy of_tenant on account for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_reader on account_credential for all to wardgrid_auth
  using true
  with check true;

create policy of_auth on account_former for all to wardgrid_auth
  using true
  with check true;

create policy of_ingest on account_former for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on account_former for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on account_former for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on account_former for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on account_role for all to wardgrid_ingest
  using true
  with check true;

create policy of_reader on account_role for all to wardgrid_auth
  using true
  with check true;

create policy of_reader on api_token for all to wardgrid_auth
  using true
  with check true;

create policy of_reader on blocked_address for all to wardgrid_auth
  using true
  with check true;

create policy of_reader on content_part for all to wardgrid_ingest
  using true
  with check true;

create policy of_reader on content_product for all to wardgrid_ingest
  using true
  with check true;

create policy of_reader on content_tenant for all to wardgrid_ingest
  using true
  with check true;

create policy of_ingest on controller for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on controller for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on controller for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on controller for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on controller_report for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on controller_report for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on controller_report for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on controller_report for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on device for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on device for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on device for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on device for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_reader on device_code for all to wardgrid_auth
  using true
  with check true;

create policy of_ingest on device_event for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on device_event for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on device_event for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on device_event for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on device_group for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on device_group for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on device_group for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on device_group for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on device_inventory for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on device_inventory for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on device_inventory for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on device_inventory for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_reader on device_link for all to wardgrid_ingest
  using true
  with check true;

create policy of_ingest on device_presence for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on device_presence for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on device_presence for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on device_presence for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on device_protection for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on device_protection for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on device_protection for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on device_protection for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on discovery_asset for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on discovery_asset for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on discovery_asset for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on discovery_asset for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on discovery_network for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on discovery_network for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on discovery_network for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on discovery_network for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on discovery_port for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on discovery_port for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on discovery_port for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on discovery_port for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_reader on discovery_result for all to wardgrid_ingest
  using true
  with check true;

create policy of_reader on discovery_scan for all to wardgrid_ingest
  using true
  with check true;

create policy of_ingest on enrolment_key for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on enrolment_key for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on enrolment_key for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on enrolment_key for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on finding for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on finding for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on finding for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on finding for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on finding_detection for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on finding_detection for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on finding_detection for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on finding_detection for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_reader on finding_observable for all to wardgrid_ingest
  using true
  with check true;

create policy of_reader on idempotency_key for all to wardgrid_auth
  using true
  with check true;

create policy of_ingest on incident for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on incident for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on incident for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on incident for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_reader on incident_dark for all to wardgrid_ingest
  using true
  with check true;

create policy of_ingest on incident_device for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on incident_device for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on incident_device for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on incident_device for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on job for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on job for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on job for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on job for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_reader on job_order for all to wardgrid_ingest
  using true
  with check true;

create policy of_ingest on join_candidate for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on join_candidate for all to wardgrid_platform
  using (((tenant_id IS NULL) OR (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))) AND ((( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) OR (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))) AND ((( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) OR (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))))
  with check ((tenant_id IS NULL) OR (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[]))));

create policy of_scope on join_candidate for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on join_candidate for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on join_token for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on join_token for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on join_token for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on join_token for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on licence for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on licence for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on licence for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on licence for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on licence_file for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on licence_file for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on licence_file for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on licence_file for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on organization for all to wardgrid_ingest
  using true
  with check true;

create policy of_member on organization for select to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND (scope @> ANY (( SELECT scope_bases() AS scope_bases)::ltree[])));

create policy of_member_platform on organization for select to wardgrid_platform
  using ((NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[]))) AND (scope @> ANY (( SELECT scope_bases() AS scope_bases)::ltree[])));

create policy of_platform on organization for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on organization for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on organization for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_reader on platform_secret for all to wardgrid_auth
  using true
  with check true;

create policy of_reader on platform_setting for all to wardgrid_auth
  using true
  with check true;

create policy of_ingest on policy for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on policy for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on policy for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on policy for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on policy_version for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on policy_version for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on policy_version for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on policy_version for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on quarantine_entry for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on quarantine_entry for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on quarantine_entry for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on quarantine_entry for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on rule_exception for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on rule_exception for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on rule_exception for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on rule_exception for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on rule_imported for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on rule_imported for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on rule_imported for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on rule_imported for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_everybody on rule_product for select to wardgrid_platform, wardgrid_scoped, wardgrid_tenant
  using true;

create policy of_ingest on rule_product for all to wardgrid_ingest
  using true
  with check true;

create policy of_ingest on rule_set for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on rule_set for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on rule_set for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on rule_set for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on rule_switch for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on rule_switch for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on rule_switch for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on rule_switch for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_reader on saved_view for all to wardgrid_auth
  using true
  with check true;

create policy of_ingest on seat_lease for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on seat_lease for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on seat_lease for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on seat_lease for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_reader on session for all to wardgrid_auth
  using true
  with check true;

create policy of_reader on sign_in_failure for all to wardgrid_auth
  using true
  with check true;

create policy of_reader on sync_alias for all to wardgrid_ingest
  using true
  with check true;

create policy of_ingest on sync_aside for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on sync_aside for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on sync_aside for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on sync_aside for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_ingest on sync_conflict for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on sync_conflict for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on sync_conflict for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on sync_conflict for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_reader on sync_living for all to wardgrid_ingest
  using true
  with check true;

create policy of_reader on sync_log for all to wardgrid_ingest
  using true
  with check true;

create policy of_reader on sync_op for all to wardgrid_ingest
  using true
  with check true;

create policy of_reader on sync_op_id for all to wardgrid_ingest
  using true
  with check true;

create policy of_reader on sync_outbox for all to wardgrid_ingest
  using true
  with check true;

create policy of_reader on sync_peer for all to wardgrid_ingest
  using true
  with check true;

create policy of_ingest on sync_reference for all to wardgrid_ingest
  using true
  with check true;

create policy of_platform on sync_reference for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on sync_reference for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on sync_reference for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_reader on sync_row for all to wardgrid_ingest
  using true
  with check true;

create policy of_reader on sync_stream for all to wardgrid_ingest
  using true
  with check true;

create policy of_reader on sync_tenant for all to wardgrid_ingest
  using true
  with check true;

create policy of_reader on sync_voucher for all to wardgrid_ingest
  using true
  with check true;

create policy of_reader on temporary_id for all to wardgrid_auth
  using true
  with check true;

create policy of_ingest on tenant for all to wardgrid_ingest
  using true
  with check true;

create policy of_member on tenant for select to wardgrid_scoped
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

create policy of_member_platform on tenant for select to wardgrid_platform
  using ((NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[]))) AND (scope @> ANY (( SELECT scope_bases() AS scope_bases)::ltree[])));

create policy of_platform on tenant for all to wardgrid_platform
  using (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check (
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (tenant_id = ANY (( SELECT (COALESCE(NULLIF(current_setting('app.barred'::text, true), ''::text), '{}'::text))::uuid[] AS "coalesce")::uuid[])))
END AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_scope on tenant for all to wardgrid_scoped
  using ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END)
  with check ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif")) AND
CASE
    WHEN (( SELECT current_setting('app.scopes'::text, true) AS current_setting) = '{*}'::text) THEN true
    ELSE (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.scopes'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce"))
END AND
CASE
    WHEN (( SELECT COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text) AS "coalesce") = '{}'::text) THEN true
    ELSE (NOT (scope ? ( SELECT (COALESCE(NULLIF(current_setting('app.denied'::text, true), ''::text), '{}'::text))::lquery[] AS "coalesce")))
END);

create policy of_tenant on tenant for all to wardgrid_tenant
  using (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"))
  with check (tenant_id = ( SELECT (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid AS "nullif"));

-- Functions

CREATE OR REPLACE FUNCTION public.account_left()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if current_setting('wardgrid.replaying', true) = 'on' then return null; end if;
  insert into account_former (account_id, tenant_id, scope, email)
    values (old.id, old.tenant_id, old.scope, old.email)
    on conflict (account_id) do update set email = excluded.email, left_at = now();
  return null;
end
$function$
; -- owned by wardgrid_ingest

CREATE OR REPLACE FUNCTION public.is_person(value text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select value ~ '^account:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@([0-9a-f]{32}|platform)$'
$function$
; -- owned by wardgrid

CREATE OR REPLACE FUNCTION public.people_in(document jsonb, place ltree)
 RETURNS jsonb
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(jsonb_object_agg(key, case when jsonb_typeof(value) = 'string'
    then to_jsonb(person_of(value #>> '{}', place)) else value end), '{}')
  from jsonb_each(document)
$function$
; -- owned by wardgrid

CREATE OR REPLACE FUNCTION public.person_of(value text, place ltree)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  select case
    when value is null or not is_person(value) then value
    when value = current_setting('wardgrid.actor', true) then current_setting('wardgrid.actor_email', true)
    else coalesce(
      (select a.email from account a where a.id = substr(value, 9, 36)::uuid),
      (select f.email from account_former f where f.account_id = substr(value, 9, 36)::uuid),
      '@' || coalesce(place_name(substr(value, 46), place), ''))
  end
$function$
; -- owned by wardgrid

CREATE OR REPLACE FUNCTION public.place_name(label text, place ltree)
 RETURNS text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select case
    when label = 'platform' then 'Platform'
    when label = any (string_to_array(ltree2text(place), '.')) then coalesce(
      (select name from tenant where id = label::uuid),
      (select name from organization where id = label::uuid),
      (select name from device_group where id = label::uuid))
  end
$function$
; -- owned by wardgrid_ingest

CREATE OR REPLACE PROCEDURE public.protect_table(IN target regclass)
 LANGUAGE plpgsql
AS $procedure$
declare
  tenant_matches text := $q$tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid)$q$;
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy of_tenant on %s to wardgrid_tenant using (%s) with check (%s)', target, tenant_matches, tenant_matches);
  execute format('create policy of_scope on %s to wardgrid_scoped using (false) with check (false)', target);
  execute format('create policy of_platform on %s to wardgrid_platform using (false) with check (false)', target);
  execute format('create policy of_ingest on %s to wardgrid_ingest using (true) with check (true)', target);
  execute format('grant select, insert, update, delete on %s to wardgrid_tenant, wardgrid_scoped, wardgrid_platform, wardgrid_ingest', target);
  call state_policies(target);
end
$procedure$
; -- owned by wardgrid

CREATE OR REPLACE PROCEDURE public.restrict_table(IN target regclass, IN reader text)
 LANGUAGE plpgsql
AS $procedure$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy of_reader on %s to %I using (true) with check (true)', target, reader);
  execute format('grant select, insert, update, delete on %s to %I', target, reader);
end
$procedure$
; -- owned by wardgrid

CREATE OR REPLACE FUNCTION public.scope_bases()
 RETURNS ltree[]
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select coalesce(array_agg(regexp_replace(pattern::text, '\.?\*(\{[0-9,]*\})?$', '')::ltree), '{}')
  from unnest(coalesce(nullif(current_setting('app.scopes', true), ''), '{}')::lquery[]) as pattern
$function$
; -- owned by wardgrid

CREATE OR REPLACE FUNCTION public.scope_counts(scopes ltree[])
 RETURNS TABLE(scope ltree, devices bigint, online bigint, open_findings bigint, open_incidents bigint, worst_severity integer)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select s.scope,
    coalesce(d.devices, 0), coalesce(d.online, 0),
    coalesce(f.open_findings, 0), coalesce(i.open_incidents, 0), f.worst_severity
  from unnest(scopes) as s (scope)
  left join lateral (
    select count(*) as devices, count(*) filter (where p.status = 'online') as online
    from device d join device_presence p on p.device_id = d.id
    where d.scope <@ s.scope and d.state = 'active'
  ) d on true
  left join lateral (
    select count(*) as open_findings, max(severity)::int as worst_severity
    from finding where finding.scope <@ s.scope and state = 'open' and exception_id is null
  ) f on true
  left join lateral (
    select count(*) as open_incidents from incident where incident.scope <@ s.scope and state <> 'closed'
  ) i on true
$function$
; -- owned by wardgrid_ingest

CREATE OR REPLACE FUNCTION public.scope_is_empty(node ltree)
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select not exists (select from device where scope <@ node and state = 'active')
    and not exists (select from device_group where scope <@ node and scope <> node)
    and not exists (select from account where scope <@ node)
$function$
; -- owned by wardgrid_ingest

CREATE OR REPLACE PROCEDURE public.state_policies(IN target regclass)
 LANGUAGE plpgsql
AS $procedure$
declare
  tenant_matches text := $q$tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid)$q$;
  scope_matches text := $q$case when (select current_setting('app.scopes', true)) = '{*}' then true
    else scope ? (select coalesce(nullif(current_setting('app.scopes', true), ''), '{}')::lquery[]) end$q$;
  not_denied text := $q$case when (select coalesce(nullif(current_setting('app.denied', true), ''), '{}')) = '{}' then true
    else not scope ? (select coalesce(nullif(current_setting('app.denied', true), ''), '{}')::lquery[]) end$q$;
  not_barred text := $q$case when (select coalesce(nullif(current_setting('app.barred', true), ''), '{}')) = '{}' then true
    else not tenant_id = any ((select coalesce(nullif(current_setting('app.barred', true), ''), '{}')::uuid[])::uuid[]) end$q$;
  of_scope text := format('(%s and %s and %s)', tenant_matches, scope_matches, not_denied);
  of_platform text := format('(%s and %s and %s)', not_barred, scope_matches, not_denied);
begin
  execute format('alter policy of_scope on %s using %s with check %s', target, of_scope, of_scope);
  execute format('alter policy of_platform on %s using %s with check %s', target, of_platform, of_platform);
end
$procedure$
; -- owned by wardgrid

CREATE OR REPLACE FUNCTION public.sync_begin_capture()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if exists (select from pg_trigger where tgname = 'sync_capture_insert' and not tgisinternal) then return; end if;
  create trigger sync_capture_insert after insert on tenant referencing new table as new_rows
    for each statement execute function sync_capture('tenant', '{id}', 'scope', '{created_at,is_support_access_on,is_suspended,name,public_key,version}', '{}');
  create trigger sync_capture_update after update on tenant referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('tenant', '{id}', 'scope', '{created_at,is_support_access_on,is_suspended,name,public_key,version}', '{}');
  create trigger sync_capture_delete after delete on tenant referencing old table as old_rows
    for each statement execute function sync_capture('tenant', '{id}', 'scope', '{created_at,is_support_access_on,is_suspended,name,public_key,version}', '{}');
  create trigger sync_capture_insert after insert on licence referencing new table as new_rows
    for each statement execute function sync_capture('licence', '{id}', 'scope', '{envelope,features,grace_days,is_current,issued_at,seats,valid_from,valid_until}', '{}');
  create trigger sync_capture_update after update on licence referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('licence', '{id}', 'scope', '{envelope,features,grace_days,is_current,issued_at,seats,valid_from,valid_until}', '{}');
  create trigger sync_capture_delete after delete on licence referencing old table as old_rows
    for each statement execute function sync_capture('licence', '{id}', 'scope', '{envelope,features,grace_days,is_current,issued_at,seats,valid_from,valid_until}', '{}');
  create trigger sync_capture_insert after insert on seat_lease referencing new table as new_rows
    for each statement execute function sync_capture('seat_lease', '{id}', 'scope', '{changed_at,expires_at,seats}', '{}');
  create trigger sync_capture_update after update on seat_lease referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('seat_lease', '{id}', 'scope', '{changed_at,expires_at,seats}', '{}');
  create trigger sync_capture_delete after delete on seat_lease referencing old table as old_rows
    for each statement execute function sync_capture('seat_lease', '{id}', 'scope', '{changed_at,expires_at,seats}', '{}');
  create trigger sync_capture_insert after insert on controller referencing new table as new_rows
    for each statement execute function sync_capture('controller', '{id}', 'scope', '{approved_at,approved_by,authority,certificate,controller_id,created_at,created_by,layer,name,parent_id,public_key,revoked_at,revoked_by,revoked_reason,scope_version,urls,version}', '{approved_at,approved_by,revoked_at,revoked_by,revoked_reason}');
  create trigger sync_capture_update after update on controller referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('controller', '{id}', 'scope', '{approved_at,approved_by,authority,certificate,controller_id,created_at,created_by,layer,name,parent_id,public_key,revoked_at,revoked_by,revoked_reason,scope_version,urls,version}', '{approved_at,approved_by,revoked_at,revoked_by,revoked_reason}');
  create trigger sync_capture_delete after delete on controller referencing old table as old_rows
    for each statement execute function sync_capture('controller', '{id}', 'scope', '{approved_at,approved_by,authority,certificate,controller_id,created_at,created_by,layer,name,parent_id,public_key,revoked_at,revoked_by,revoked_reason,scope_version,urls,version}', '{approved_at,approved_by,revoked_at,revoked_by,revoked_reason}');
  create trigger sync_capture_insert after insert on organization referencing new table as new_rows
    for each statement execute function sync_capture('organization', '{id}', 'scope', '{created_at,name,version}', '{}');
  create trigger sync_capture_update after update on organization referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('organization', '{id}', 'scope', '{created_at,name,version}', '{}');
  create trigger sync_capture_delete after delete on organization referencing old table as old_rows
    for each statement execute function sync_capture('organization', '{id}', 'scope', '{created_at,name,version}', '{}');
  create trigger sync_capture_insert after insert on device_group referencing new table as new_rows
    for each statement execute function sync_capture('device_group', '{id}', 'scope', '{created_at,name,organization_id,parent_id,version}', '{}');
  create trigger sync_capture_update after update on device_group referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('device_group', '{id}', 'scope', '{created_at,name,organization_id,parent_id,version}', '{}');
  create trigger sync_capture_delete after delete on device_group referencing old table as old_rows
    for each statement execute function sync_capture('device_group', '{id}', 'scope', '{created_at,name,organization_id,parent_id,version}', '{}');
  create trigger sync_capture_insert after insert on account referencing new table as new_rows
    for each statement execute function sync_capture('account', '{id}', 'scope', '{created_at,created_by,email,epoch,kind,layer,name,reach,state}', '{}');
  create trigger sync_capture_update after update on account referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('account', '{id}', 'scope', '{created_at,created_by,email,epoch,kind,layer,name,reach,state}', '{}');
  create trigger sync_capture_delete after delete on account referencing old table as old_rows
    for each statement execute function sync_capture('account', '{id}', 'scope', '{created_at,created_by,email,epoch,kind,layer,name,reach,state}', '{}');
  create trigger sync_capture_insert after insert on account_role referencing new table as new_rows
    for each statement execute function sync_capture_fold('account', 'roles', 'account_id', '{role,scope,effect}', '{role,scope,effect,expires_at}');
  create trigger sync_capture_update after update on account_role referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture_fold('account', 'roles', 'account_id', '{role,scope,effect}', '{role,scope,effect,expires_at}');
  create trigger sync_capture_delete after delete on account_role referencing old table as old_rows
    for each statement execute function sync_capture_fold('account', 'roles', 'account_id', '{role,scope,effect}', '{role,scope,effect,expires_at}');
  create trigger sync_capture_insert after insert on account_credential referencing new table as new_rows
    for each statement execute function sync_capture_fold('account', 'credential', 'account_id', '{}', '{password_hash,totp_sealed,backup_code_hashes,invitation_hash,invitation_expires_at}');
  create trigger sync_capture_update after update on account_credential referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture_fold('account', 'credential', 'account_id', '{}', '{password_hash,totp_sealed,backup_code_hashes,invitation_hash,invitation_expires_at}');
  create trigger sync_capture_delete after delete on account_credential referencing old table as old_rows
    for each statement execute function sync_capture_fold('account', 'credential', 'account_id', '{}', '{password_hash,totp_sealed,backup_code_hashes,invitation_hash,invitation_expires_at}');
  create trigger sync_capture_insert after insert on enrolment_key referencing new table as new_rows
    for each statement execute function sync_capture('enrolment_key', '{id}', 'scope', '{allowed_cidr,created_at,created_by,expires_at,group_id,key_hash,key_id,last_used_at,name,organization_id,revoked_at,seats,used}', '{}');
  create trigger sync_capture_update after update on enrolment_key referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('enrolment_key', '{id}', 'scope', '{allowed_cidr,created_at,created_by,expires_at,group_id,key_hash,key_id,last_used_at,name,organization_id,revoked_at,seats,used}', '{}');
  create trigger sync_capture_delete after delete on enrolment_key referencing old table as old_rows
    for each statement execute function sync_capture('enrolment_key', '{id}', 'scope', '{allowed_cidr,created_at,created_by,expires_at,group_id,key_hash,key_id,last_used_at,name,organization_id,revoked_at,seats,used}', '{}');
  create trigger sync_capture_insert after insert on device referencing new table as new_rows
    for each statement execute function sync_capture('device', '{id}', 'scope', '{agent_version,architecture,booted_at,enrolled_at,enrolled_by,enrolment_key_id,fingerprint,gateway_ip,gateway_mac,group_id,hostname,interface_name,is_named,local_ip,mac_address,name,organization_id,os_family,os_name,os_version,primary_cidr,public_key,retired_at,split_from_id,state,tags}', '{}');
  create trigger sync_capture_update after update on device referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('device', '{id}', 'scope', '{agent_version,architecture,booted_at,enrolled_at,enrolled_by,enrolment_key_id,fingerprint,gateway_ip,gateway_mac,group_id,hostname,interface_name,is_named,local_ip,mac_address,name,organization_id,os_family,os_name,os_version,primary_cidr,public_key,retired_at,split_from_id,state,tags}', '{}');
  create trigger sync_capture_delete after delete on device referencing old table as old_rows
    for each statement execute function sync_capture('device', '{id}', 'scope', '{agent_version,architecture,booted_at,enrolled_at,enrolled_by,enrolment_key_id,fingerprint,gateway_ip,gateway_mac,group_id,hostname,interface_name,is_named,local_ip,mac_address,name,organization_id,os_family,os_name,os_version,primary_cidr,public_key,retired_at,split_from_id,state,tags}', '{}');
  create trigger sync_capture_insert after insert on device_inventory referencing new table as new_rows
    for each statement execute function sync_capture('device_inventory', '{device_id,section}', 'scope', '{collected_at,content,content_hash,device_id,received_at,section}', '{}');
  create trigger sync_capture_update after update on device_inventory referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('device_inventory', '{device_id,section}', 'scope', '{collected_at,content,content_hash,device_id,received_at,section}', '{}');
  create trigger sync_capture_delete after delete on device_inventory referencing old table as old_rows
    for each statement execute function sync_capture('device_inventory', '{device_id,section}', 'scope', '{collected_at,content,content_hash,device_id,received_at,section}', '{}');
  create trigger sync_capture_insert after insert on device_protection referencing new table as new_rows
    for each statement execute function sync_capture('device_protection', '{device_id}', 'scope', '{device_id,health,reasons,reported_at,state}', '{health,reasons,reported_at,state}');
  create trigger sync_capture_update after update on device_protection referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('device_protection', '{device_id}', 'scope', '{device_id,health,reasons,reported_at,state}', '{health,reasons,reported_at,state}');
  create trigger sync_capture_delete after delete on device_protection referencing old table as old_rows
    for each statement execute function sync_capture('device_protection', '{device_id}', 'scope', '{device_id,health,reasons,reported_at,state}', '{health,reasons,reported_at,state}');
  create trigger sync_capture_insert after insert on discovery_network referencing new table as new_rows
    for each statement execute function sync_capture('discovery_network', '{id}', 'scope', '{approved_by,cidr,first_seen_at,gateway_mac,group_id,last_scan_at,name,organization_id,state}', '{}');
  create trigger sync_capture_update after update on discovery_network referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('discovery_network', '{id}', 'scope', '{approved_by,cidr,first_seen_at,gateway_mac,group_id,last_scan_at,name,organization_id,state}', '{}');
  create trigger sync_capture_delete after delete on discovery_network referencing old table as old_rows
    for each statement execute function sync_capture('discovery_network', '{id}', 'scope', '{approved_by,cidr,first_seen_at,gateway_mac,group_id,last_scan_at,name,organization_id,state}', '{}');
  create trigger sync_capture_insert after insert on discovery_asset referencing new table as new_rows
    for each statement execute function sync_capture('discovery_asset', '{id}', 'scope', '{device_id,first_seen_at,ip,is_ignored,is_stale,last_seen_at,mac,missed_scans,name,names,network_id,note,organization_id}', '{}');
  create trigger sync_capture_update after update on discovery_asset referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('discovery_asset', '{id}', 'scope', '{device_id,first_seen_at,ip,is_ignored,is_stale,last_seen_at,mac,missed_scans,name,names,network_id,note,organization_id}', '{}');
  create trigger sync_capture_delete after delete on discovery_asset referencing old table as old_rows
    for each statement execute function sync_capture('discovery_asset', '{id}', 'scope', '{device_id,first_seen_at,ip,is_ignored,is_stale,last_seen_at,mac,missed_scans,name,names,network_id,note,organization_id}', '{}');
  create trigger sync_capture_insert after insert on discovery_port referencing new table as new_rows
    for each statement execute function sync_capture_fold('discovery_asset', 'ports', 'asset_id', '{transport,port}', '{transport,port,scope,service,product,version,banner,tls,is_unauthenticated,is_top,first_seen_at,last_seen_at,closed_at}');
  create trigger sync_capture_update after update on discovery_port referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture_fold('discovery_asset', 'ports', 'asset_id', '{transport,port}', '{transport,port,scope,service,product,version,banner,tls,is_unauthenticated,is_top,first_seen_at,last_seen_at,closed_at}');
  create trigger sync_capture_delete after delete on discovery_port referencing old table as old_rows
    for each statement execute function sync_capture_fold('discovery_asset', 'ports', 'asset_id', '{transport,port}', '{transport,port,scope,service,product,version,banner,tls,is_unauthenticated,is_top,first_seen_at,last_seen_at,closed_at}');
  create trigger sync_capture_insert after insert on policy referencing new table as new_rows
    for each statement execute function sync_capture('policy', '{id}', 'device', '{changed_at,changed_by,created_at,device_id,fields,group_id,locks,name,next_end_at,organization_id,rollout,version}', '{changed_at,changed_by,fields,locks,name,next_end_at,rollout,version}');
  create trigger sync_capture_update after update on policy referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('policy', '{id}', 'device', '{changed_at,changed_by,created_at,device_id,fields,group_id,locks,name,next_end_at,organization_id,rollout,version}', '{changed_at,changed_by,fields,locks,name,next_end_at,rollout,version}');
  create trigger sync_capture_delete after delete on policy referencing old table as old_rows
    for each statement execute function sync_capture('policy', '{id}', 'device', '{changed_at,changed_by,created_at,device_id,fields,group_id,locks,name,next_end_at,organization_id,rollout,version}', '{changed_at,changed_by,fields,locks,name,next_end_at,rollout,version}');
  create trigger sync_capture_insert after insert on policy_version referencing new table as new_rows
    for each statement execute function sync_capture('policy_version', '{policy_id,version}', 'scope', '{changed_at,changed_by,fields,locks,name,policy_id,version}', '{}');
  create trigger sync_capture_update after update on policy_version referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('policy_version', '{policy_id,version}', 'scope', '{changed_at,changed_by,fields,locks,name,policy_id,version}', '{}');
  create trigger sync_capture_delete after delete on policy_version referencing old table as old_rows
    for each statement execute function sync_capture('policy_version', '{policy_id,version}', 'scope', '{changed_at,changed_by,fields,locks,name,policy_id,version}', '{}');
  create trigger sync_capture_insert after insert on rule_switch referencing new table as new_rows
    for each statement execute function sync_capture('rule_switch', '{id}', 'device', '{changed_at,changed_by,device_id,group_id,organization_id,reason,rule_id,setting}', '{changed_at,changed_by,reason,rule_id,setting}');
  create trigger sync_capture_update after update on rule_switch referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('rule_switch', '{id}', 'device', '{changed_at,changed_by,device_id,group_id,organization_id,reason,rule_id,setting}', '{changed_at,changed_by,reason,rule_id,setting}');
  create trigger sync_capture_delete after delete on rule_switch referencing old table as old_rows
    for each statement execute function sync_capture('rule_switch', '{id}', 'device', '{changed_at,changed_by,device_id,group_id,organization_id,reason,rule_id,setting}', '{changed_at,changed_by,reason,rule_id,setting}');
  create trigger sync_capture_insert after insert on rule_exception referencing new table as new_rows
    for each statement execute function sync_capture('rule_exception', '{id}', 'device', '{created_at,created_by,device_id,expires_at,group_id,organization_id,reason,rule_id,selection}', '{}');
  create trigger sync_capture_update after update on rule_exception referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('rule_exception', '{id}', 'device', '{created_at,created_by,device_id,expires_at,group_id,organization_id,reason,rule_id,selection}', '{}');
  create trigger sync_capture_delete after delete on rule_exception referencing old table as old_rows
    for each statement execute function sync_capture('rule_exception', '{id}', 'device', '{created_at,created_by,device_id,expires_at,group_id,organization_id,reason,rule_id,selection}', '{}');
  create trigger sync_capture_insert after insert on rule_set referencing new table as new_rows
    for each statement execute function sync_capture('rule_set', '{id}', 'scope', '{changed_at,changed_by,created_at,digest,format,is_enabled,licence,name,rules,size_bytes,version}', '{changed_at,changed_by,created_at,digest,format,is_enabled,licence,name,rules,size_bytes,version}');
  create trigger sync_capture_update after update on rule_set referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('rule_set', '{id}', 'scope', '{changed_at,changed_by,created_at,digest,format,is_enabled,licence,name,rules,size_bytes,version}', '{changed_at,changed_by,created_at,digest,format,is_enabled,licence,name,rules,size_bytes,version}');
  create trigger sync_capture_delete after delete on rule_set referencing old table as old_rows
    for each statement execute function sync_capture('rule_set', '{id}', 'scope', '{changed_at,changed_by,created_at,digest,format,is_enabled,licence,name,rules,size_bytes,version}', '{changed_at,changed_by,created_at,digest,format,is_enabled,licence,name,rules,size_bytes,version}');
  create trigger sync_capture_insert after insert on rule_imported referencing new table as new_rows
    for each statement execute function sync_capture('rule_imported', '{id}', 'scope', '{author,confidence,description,engine,remedy,rule_id,rule_set_id,severity,status,techniques,title}', '{}');
  create trigger sync_capture_update after update on rule_imported referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('rule_imported', '{id}', 'scope', '{author,confidence,description,engine,remedy,rule_id,rule_set_id,severity,status,techniques,title}', '{}');
  create trigger sync_capture_delete after delete on rule_imported referencing old table as old_rows
    for each statement execute function sync_capture('rule_imported', '{id}', 'scope', '{author,confidence,description,engine,remedy,rule_id,rule_set_id,severity,status,techniques,title}', '{}');
  create trigger sync_capture_insert after insert on incident referencing new table as new_rows
    for each statement execute function sync_capture('incident', '{id}', 'scope', '{closed_at,closed_by,dedupe_key,kind,opened_at,organization_id,severity,state,timeline,title}', '{closed_at,closed_by,state}');
  create trigger sync_capture_update after update on incident referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('incident', '{id}', 'scope', '{closed_at,closed_by,dedupe_key,kind,opened_at,organization_id,severity,state,timeline,title}', '{closed_at,closed_by,state}');
  create trigger sync_capture_delete after delete on incident referencing old table as old_rows
    for each statement execute function sync_capture('incident', '{id}', 'scope', '{closed_at,closed_by,dedupe_key,kind,opened_at,organization_id,severity,state,timeline,title}', '{closed_at,closed_by,state}');
  create trigger sync_capture_insert after insert on incident_device referencing new table as new_rows
    for each statement execute function sync_capture_fold('incident', 'devices', 'incident_id', '{device_id}', '{device_id,scope}');
  create trigger sync_capture_update after update on incident_device referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture_fold('incident', 'devices', 'incident_id', '{device_id}', '{device_id,scope}');
  create trigger sync_capture_delete after delete on incident_device referencing old table as old_rows
    for each statement execute function sync_capture_fold('incident', 'devices', 'incident_id', '{device_id}', '{device_id,scope}');
  create trigger sync_capture_insert after insert on finding referencing new table as new_rows
    for each statement execute function sync_capture('finding', '{id}', 'scope', '{action,asset_id,category,confidence,count,dedupe_key,device_id,engine,evidence,exception_id,first_seen_at,incident_id,last_seen_at,note,organization_id,port,remedy,reopened,resolved_at,rule,severity,state,subject,techniques,title}', '{resolved_at,state}');
  create trigger sync_capture_update after update on finding referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('finding', '{id}', 'scope', '{action,asset_id,category,confidence,count,dedupe_key,device_id,engine,evidence,exception_id,first_seen_at,incident_id,last_seen_at,note,organization_id,port,remedy,reopened,resolved_at,rule,severity,state,subject,techniques,title}', '{resolved_at,state}');
  create trigger sync_capture_delete after delete on finding referencing old table as old_rows
    for each statement execute function sync_capture('finding', '{id}', 'scope', '{action,asset_id,category,confidence,count,dedupe_key,device_id,engine,evidence,exception_id,first_seen_at,incident_id,last_seen_at,note,organization_id,port,remedy,reopened,resolved_at,rule,severity,state,subject,techniques,title}', '{resolved_at,state}');
  create trigger sync_capture_insert after insert on finding_detection referencing new table as new_rows
    for each statement execute function sync_capture_fold('finding', 'detection', 'finding_id', '{}', '{device_id,scope,content}');
  create trigger sync_capture_update after update on finding_detection referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture_fold('finding', 'detection', 'finding_id', '{}', '{device_id,scope,content}');
  create trigger sync_capture_delete after delete on finding_detection referencing old table as old_rows
    for each statement execute function sync_capture_fold('finding', 'detection', 'finding_id', '{}', '{device_id,scope,content}');
  create trigger sync_capture_insert after insert on finding_observable referencing new table as new_rows
    for each statement execute function sync_capture_fold('finding', 'observables', 'finding_id', '{kind,value}', '{kind,value,device_id,seen_at}');
  create trigger sync_capture_update after update on finding_observable referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture_fold('finding', 'observables', 'finding_id', '{kind,value}', '{kind,value,device_id,seen_at}');
  create trigger sync_capture_delete after delete on finding_observable referencing old table as old_rows
    for each statement execute function sync_capture_fold('finding', 'observables', 'finding_id', '{kind,value}', '{kind,value,device_id,seen_at}');
  create trigger sync_capture_insert after insert on quarantine_entry referencing new table as new_rows
    for each statement execute function sync_capture('quarantine_entry', '{id}', 'scope', '{changed_at,device_id,finding_id,gid,job_id,mode,note,order_reason,ordered_by,organization_id,path,rule,sealed_at,sha256,size_bytes,state,uid}', '{}');
  create trigger sync_capture_update after update on quarantine_entry referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('quarantine_entry', '{id}', 'scope', '{changed_at,device_id,finding_id,gid,job_id,mode,note,order_reason,ordered_by,organization_id,path,rule,sealed_at,sha256,size_bytes,state,uid}', '{}');
  create trigger sync_capture_delete after delete on quarantine_entry referencing old table as old_rows
    for each statement execute function sync_capture('quarantine_entry', '{id}', 'scope', '{changed_at,device_id,finding_id,gid,job_id,mode,note,order_reason,ordered_by,organization_id,path,rule,sealed_at,sha256,size_bytes,state,uid}', '{}');
  create trigger sync_capture_insert after insert on job referencing new table as new_rows
    for each statement execute function sync_capture('job', '{id}', 'scope', '{arguments,batch_id,created_at,created_by,device_id,error_code,error_detail,expires_at,finished_at,is_cancel_requested,kind,organization_id,progress,sent_at,started_at,state,summary}', '{error_code,error_detail,finished_at,progress,sent_at,started_at,state,summary}');
  create trigger sync_capture_update after update on job referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('job', '{id}', 'scope', '{arguments,batch_id,created_at,created_by,device_id,error_code,error_detail,expires_at,finished_at,is_cancel_requested,kind,organization_id,progress,sent_at,started_at,state,summary}', '{error_code,error_detail,finished_at,progress,sent_at,started_at,state,summary}');
  create trigger sync_capture_delete after delete on job referencing old table as old_rows
    for each statement execute function sync_capture('job', '{id}', 'scope', '{arguments,batch_id,created_at,created_by,device_id,error_code,error_detail,expires_at,finished_at,is_cancel_requested,kind,organization_id,progress,sent_at,started_at,state,summary}', '{error_code,error_detail,finished_at,progress,sent_at,started_at,state,summary}');
end
$function$
; -- owned by wardgrid

CREATE OR REPLACE FUNCTION public.sync_capture()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  key_columns text[];
  names text[];
  whole text[];
  row_id text;
  home text;
  body text;
  tenants uuid[];
begin
  if current_setting('wardgrid.replaying', true) = 'on' or not exists (select from sync_tenant) then
    return null;
  end if;
  -- By a plan that is kept: what follows is planned anew for each statement.
  if TG_OP = 'DELETE' then
    if not exists (select from old_rows r join sync_tenant t on t.tenant_id = r.tenant_id) then return null; end if;
  elsif not exists (select from new_rows r join sync_tenant t on t.tenant_id = r.tenant_id) then
    return null;
  end if;
  key_columns := TG_ARGV[1];
  names := TG_ARGV[3];
  whole := TG_ARGV[4];
  row_id := case when key_columns = '{id}' then 'r.id::text'
    else format('concat_ws('':'', %L%s)', TG_ARGV[0], (select string_agg(format(', r.%I', k), '') from unnest(key_columns) k)) end;
  home := case TG_ARGV[2] when 'device' then 'sync_home(r.scope, r.device_id)' else 'r.scope' end;
  body := case TG_OP
    when 'INSERT' then format($q$select r.tenant_id, %s, 'create', %s, sync_fields(to_jsonb(r), $2), t.cursor
      from new_rows r join sync_tenant t on t.tenant_id = r.tenant_id$q$, row_id, home)
    when 'DELETE' then format($q$select r.tenant_id, %s, 'delete', %s, '{}'::jsonb, t.cursor
      from old_rows r join sync_tenant t on t.tenant_id = r.tenant_id$q$, row_id, home)
    -- A move is told by itself, and before what else changed.
    else format($q$select c.tenant_id, c.row_id, k.kind, c.home, case k.kind when 'move' then '{}'::jsonb else c.fields end, c.cursor
      from (
        select n.tenant_id, n.row_id, n.home, n.home <> o.home as is_moved, t.cursor, sync_changes(o.content, n.content, $2, $3) as fields
        from (select %1$s as row_id, %2$s as home, r.tenant_id, to_jsonb(r) as content from new_rows r offset 0) n
        join (select %1$s as row_id, %2$s as home, to_jsonb(r) as content from old_rows r offset 0) o on o.row_id = n.row_id
        join sync_tenant t on t.tenant_id = n.tenant_id offset 0
      ) c cross join (values ('move', 1), ('patch', 2)) k (kind, place)
      where case k.kind when 'move' then c.is_moved else c.fields is not null end
      order by k.place$q$, row_id, home)
  end;
  execute format($q$with written as (
      insert into sync_outbox (tenant_id, type, row_id, kind, scope, fields, actor, seen)
      select b.tenant_id, $1, b.row_id, b.kind, b.home, b.fields, coalesce(current_setting('wardgrid.actor', true), ''), b.cursor
      from (%s) b (tenant_id, row_id, kind, home, fields, cursor) returning tenant_id
    ) select array_agg(distinct tenant_id) from written$q$, body) into tenants using TG_ARGV[0], names, whole;
  if tenants is not null then perform sync_wake(tenants); end if;
  return null;
end
$function$
; -- owned by wardgrid_sync

CREATE OR REPLACE FUNCTION public.sync_capture_fold()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  parents text;
  tenants uuid[];
begin
  if current_setting('wardgrid.replaying', true) = 'on' or not exists (select from sync_tenant) then
    return null;
  end if;
  parents := case TG_OP
    when 'INSERT' then format('select distinct %I as id from new_rows', TG_ARGV[2])
    when 'DELETE' then format('select distinct %I as id from old_rows', TG_ARGV[2])
    else format('select distinct id from (
      (select %1$I as id, sync_fields(to_jsonb(n), $2) as content from new_rows n)
      except all (select %1$I, sync_fields(to_jsonb(o), $2) from old_rows o)) x', TG_ARGV[2])
  end;
  execute format($q$with written as (
      insert into sync_outbox (tenant_id, type, row_id, kind, scope, fields, actor, seen)
      select p.tenant_id, $1, p.id::text, 'patch', p.scope, jsonb_build_object($3, coalesce((
          select jsonb_agg(sync_fields(to_jsonb(c), $2) order by %1$s) from %2$I c where c.%3$I = p.id), '[]'::jsonb)),
        coalesce(current_setting('wardgrid.actor', true), ''), t.cursor
      from (%4$s) k join %5$I p on p.id = k.id join sync_tenant t on t.tenant_id = p.tenant_id
      returning tenant_id
    ) select array_agg(distinct tenant_id) from written$q$,
    coalesce((select string_agg(format('c.%I', k), ', ') from unnest(TG_ARGV[3]::text[]) k), '1'),
    TG_TABLE_NAME, TG_ARGV[2], parents, TG_ARGV[0])
  into tenants using TG_ARGV[0], TG_ARGV[4]::text[], TG_ARGV[1];
  if tenants is not null then perform sync_wake(tenants); end if;
  return null;
end
$function$
; -- owned by wardgrid_sync

CREATE OR REPLACE FUNCTION public.sync_changes(was jsonb, content jsonb, names text[], whole text[])
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select jsonb_object_agg(key, value) from jsonb_each(content)
  where key = any (names) and (value is distinct from was -> key
    or key = any (whole) and exists (select from unnest(whole) w where content -> w is distinct from was -> w))
$function$
; -- owned by wardgrid

CREATE OR REPLACE FUNCTION public.sync_fields(content jsonb, names text[])
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(content) where key = any (names)
$function$
; -- owned by wardgrid

CREATE OR REPLACE FUNCTION public.sync_home(scope ltree, device_id uuid)
 RETURNS ltree
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case when device_id is null then scope else scope || replace(device_id::text, '-', '')::ltree end
$function$
; -- owned by wardgrid

CREATE OR REPLACE FUNCTION public.sync_wake(tenants uuid[])
 RETURNS void
 LANGUAGE sql
AS $function$
  select pg_notify('wardgrid_bus', json_build_object('topic', 'sync.written', 'tenantId', id)::text)
  from (select distinct unnest(tenants) as id) t
$function$
; -- owned by wardgrid

-- Views

create view reporting.admins with (security_invoker=true) as
 SELECT id,
    tenant_id,
    email,
    name,
    layer,
    (scope)::text AS scope,
    state,
    created_at,
    last_sign_in_at
   FROM account
  WHERE (kind = 'admin'::text);

create view reporting.agents with (security_invoker=true) as
 SELECT d.id AS device_id,
    d.tenant_id,
    d.agent_version,
    p.status,
    p.last_seen_at
   FROM (device d
     JOIN device_presence p ON ((p.device_id = d.id)))
  WHERE (d.state = 'active'::text);

create view reporting.assets with (security_invoker=true) as
 SELECT id,
    tenant_id,
    organization_id,
    host(ip) AS ip,
    mac,
    name,
    device_id,
    is_ignored,
    is_stale,
    first_seen_at,
    last_seen_at
   FROM discovery_asset;

create view reporting.clients with (security_invoker=true) as
 SELECT id,
    tenant_id,
    name,
    created_at
   FROM organization;

create view reporting.devices with (security_invoker=true) as
 SELECT d.id,
    d.tenant_id,
    d.organization_id,
    d.group_id,
    d.name,
    d.hostname,
    d.os_name,
    d.os_version,
    d.agent_version,
    host(d.local_ip) AS local_ip,
    (d.primary_cidr)::text AS primary_cidr,
    p.status,
    p.last_seen_at,
    d.enrolled_at
   FROM (device d
     JOIN device_presence p ON ((p.device_id = d.id)))
  WHERE (d.state = 'active'::text);

create view reporting.findings with (security_invoker=true) as
 SELECT id,
    tenant_id,
    organization_id,
    rule,
    title,
    severity,
    state,
    subject,
    first_seen_at,
    last_seen_at,
    reopened
   FROM finding;

create view reporting.groups with (security_invoker=true) as
 SELECT id,
    tenant_id,
    organization_id,
    parent_id,
    name,
    created_at
   FROM device_group;

create view reporting.jobs with (security_invoker=true) as
 SELECT id,
    tenant_id,
    device_id,
    kind,
    state,
    person_of(created_by, scope) AS created_by,
    created_at,
    started_at,
    finished_at
   FROM job;

create view reporting.organizations with (security_invoker=true) as
 SELECT id,
    tenant_id,
    name,
    created_at
   FROM organization;

create view reporting.policies with (security_invoker=true) as
 SELECT id,
    tenant_id,
    organization_id,
    group_id,
    device_id,
    name,
    fields,
    locks,
    version,
    changed_at,
    person_of(changed_by, scope) AS changed_by
   FROM policy;

create view reporting.tenants with (security_invoker=true) as
 SELECT id,
    name,
    is_suspended,
    seats_used,
    created_at
   FROM tenant;

create view reporting.threats with (security_invoker=true) as
 SELECT id,
    tenant_id,
    organization_id,
    device_id,
    rule,
    title,
    severity,
    confidence,
    state,
    subject,
    count,
    first_seen_at,
    last_seen_at
   FROM finding
  WHERE (category = 'threat'::text);

create view reporting.users with (security_invoker=true) as
 SELECT id,
    tenant_id,
    email,
    name,
    (scope)::text AS scope,
    state,
    created_at,
    last_sign_in_at
   FROM account
  WHERE (kind = 'user'::text);

-- Rights

grant delete, insert, select, update on account to wardgrid_auth;

grant delete, insert, select, update on account to wardgrid_ingest;

grant delete, insert, select, update on account to wardgrid_platform;

grant delete, insert, select, update on account to wardgrid_scoped;

grant delete, insert, select, update on account to wardgrid_tenant;

grant delete, insert, select, update on account_credential to wardgrid_auth;

grant delete, insert, select, update on account_former to wardgrid_auth;

grant delete, insert, select, update on account_former to wardgrid_ingest;

grant delete, insert, select, update on account_former to wardgrid_platform;

grant delete, insert, select, update on account_former to wardgrid_scoped;

grant delete, insert, select, update on account_former to wardgrid_tenant;

grant delete, insert, select, update on account_role to wardgrid_auth;

grant select, update on account_role to wardgrid_ingest;

grant delete, insert, select, update on api_token to wardgrid_auth;

grant delete, insert, select, update on blocked_address to wardgrid_auth;

grant delete, insert, select, update on content_part to wardgrid_ingest;

grant delete, insert, select, update on content_product to wardgrid_ingest;

grant usage on content_serial to wardgrid_ingest;

grant delete, insert, select, update on content_tenant to wardgrid_ingest;

grant delete, insert, select, update on controller to wardgrid_ingest;

grant delete, insert, select, update on controller to wardgrid_platform;

grant delete, insert, select, update on controller to wardgrid_scoped;

grant delete, insert, select, update on controller to wardgrid_tenant;

grant delete, insert, select, update on controller_report to wardgrid_ingest;

grant delete, insert, select, update on controller_report to wardgrid_platform;

grant delete, insert, select, update on controller_report to wardgrid_scoped;

grant delete, insert, select, update on controller_report to wardgrid_tenant;

grant delete, insert, select, update on device to wardgrid_ingest;

grant delete, insert, select, update on device to wardgrid_platform;

grant delete, insert, select, update on device to wardgrid_scoped;

grant delete, insert, select, update on device to wardgrid_tenant;

grant delete, insert, select, update on device_code to wardgrid_auth;

grant delete, insert, select, update on device_event to wardgrid_ingest;

grant delete, insert, select, update on device_event to wardgrid_platform;

grant delete, insert, select, update on device_event to wardgrid_scoped;

grant delete, insert, select, update on device_event to wardgrid_tenant;

grant delete, insert, select, update on device_group to wardgrid_ingest;

grant delete, insert, select, update on device_group to wardgrid_platform;

grant delete, insert, select, update on device_group to wardgrid_scoped;

grant delete, insert, select, update on device_group to wardgrid_tenant;

grant delete, insert, select, update on device_inventory to wardgrid_ingest;

grant delete, insert, select, update on device_inventory to wardgrid_platform;

grant delete, insert, select, update on device_inventory to wardgrid_scoped;

grant delete, insert, select, update on device_inventory to wardgrid_tenant;

grant delete, insert, select, update on device_link to wardgrid_ingest;

grant delete, insert, select, update on device_presence to wardgrid_ingest;

grant delete, insert, select, update on device_presence to wardgrid_platform;

grant delete, insert, select, update on device_presence to wardgrid_scoped;

grant delete, insert, select, update on device_presence to wardgrid_tenant;

grant delete, insert, select, update on device_protection to wardgrid_ingest;

grant delete, insert, select, update on device_protection to wardgrid_platform;

grant delete, insert, select, update on device_protection to wardgrid_scoped;

grant delete, insert, select, update on device_protection to wardgrid_tenant;

grant delete, insert, select, update on discovery_asset to wardgrid_ingest;

grant delete, insert, select, update on discovery_asset to wardgrid_platform;

grant delete, insert, select, update on discovery_asset to wardgrid_scoped;

grant delete, insert, select, update on discovery_asset to wardgrid_tenant;

grant delete, insert, select, update on discovery_network to wardgrid_ingest;

grant delete, insert, select, update on discovery_network to wardgrid_platform;

grant delete, insert, select, update on discovery_network to wardgrid_scoped;

grant delete, insert, select, update on discovery_network to wardgrid_tenant;

grant delete, insert, select, update on discovery_port to wardgrid_ingest;

grant delete, insert, select, update on discovery_port to wardgrid_platform;

grant delete, insert, select, update on discovery_port to wardgrid_scoped;

grant delete, insert, select, update on discovery_port to wardgrid_tenant;

grant delete, insert, select, update on discovery_result to wardgrid_ingest;

grant delete, insert, select, update on discovery_scan to wardgrid_ingest;

grant delete, insert, select, update on enrolment_key to wardgrid_ingest;

grant delete, insert, select, update on enrolment_key to wardgrid_platform;

grant delete, insert, select, update on enrolment_key to wardgrid_scoped;

grant delete, insert, select, update on enrolment_key to wardgrid_tenant;

grant delete, insert, select, update on finding to wardgrid_ingest;

grant delete, insert, select, update on finding to wardgrid_platform;

grant delete, insert, select, update on finding to wardgrid_scoped;

grant delete, insert, select, update on finding to wardgrid_tenant;

grant delete, insert, select, update on finding_detection to wardgrid_ingest;

grant delete, insert, select, update on finding_detection to wardgrid_platform;

grant delete, insert, select, update on finding_detection to wardgrid_scoped;

grant delete, insert, select, update on finding_detection to wardgrid_tenant;

grant delete, insert, select, update on finding_observable to wardgrid_ingest;

grant execute on function account_left() to wardgrid_ingest;

grant execute on function place_name(text,ltree) to wardgrid_ingest;

grant execute on function place_name(text,ltree) to wardgrid_platform;

grant execute on function place_name(text,ltree) to wardgrid_scoped;

grant execute on function place_name(text,ltree) to wardgrid_tenant;

grant execute on function scope_counts(ltree[]) to wardgrid_ingest;

grant execute on function scope_counts(ltree[]) to wardgrid_platform;

grant execute on function scope_counts(ltree[]) to wardgrid_scoped;

grant execute on function scope_counts(ltree[]) to wardgrid_tenant;

grant execute on function scope_is_empty(ltree) to wardgrid_ingest;

grant execute on function scope_is_empty(ltree) to wardgrid_platform;

grant execute on function scope_is_empty(ltree) to wardgrid_scoped;

grant execute on function scope_is_empty(ltree) to wardgrid_tenant;

grant execute on function sync_begin_capture() to wardgrid_ingest;

grant execute on function sync_capture() to wardgrid_sync;

grant execute on function sync_capture_fold() to wardgrid_sync;

grant delete, insert, select, update on idempotency_key to wardgrid_auth;

grant delete, insert, select, update on incident to wardgrid_ingest;

grant delete, insert, select, update on incident to wardgrid_platform;

grant delete, insert, select, update on incident to wardgrid_scoped;

grant delete, insert, select, update on incident to wardgrid_tenant;

grant delete, insert, select, update on incident_dark to wardgrid_ingest;

grant delete, insert, select, update on incident_device to wardgrid_ingest;

grant delete, insert, select, update on incident_device to wardgrid_platform;

grant delete, insert, select, update on incident_device to wardgrid_scoped;

grant delete, insert, select, update on incident_device to wardgrid_tenant;

grant delete, insert, select, update on job to wardgrid_ingest;

grant delete, insert, select, update on job to wardgrid_platform;

grant delete, insert, select, update on job to wardgrid_scoped;

grant delete, insert, select, update on job to wardgrid_tenant;

grant delete, insert, select, update on job_order to wardgrid_ingest;

grant delete, insert, select, update on join_candidate to wardgrid_ingest;

grant delete, insert, select, update on join_candidate to wardgrid_platform;

grant delete, insert, select, update on join_candidate to wardgrid_scoped;

grant delete, insert, select, update on join_candidate to wardgrid_tenant;

grant delete, insert, select, update on join_token to wardgrid_ingest;

grant delete, insert, select, update on join_token to wardgrid_platform;

grant delete, insert, select, update on join_token to wardgrid_scoped;

grant delete, insert, select, update on join_token to wardgrid_tenant;

grant delete, insert, select, update on licence to wardgrid_ingest;

grant delete, insert, select, update on licence to wardgrid_platform;

grant delete, insert, select, update on licence to wardgrid_scoped;

grant delete, insert, select, update on licence to wardgrid_tenant;

grant delete, insert, select, update on licence_file to wardgrid_ingest;

grant delete, insert, select, update on licence_file to wardgrid_platform;

grant delete, insert, select, update on licence_file to wardgrid_scoped;

grant delete, insert, select, update on licence_file to wardgrid_tenant;

grant delete, insert, select, update on organization to wardgrid_ingest;

grant delete, insert, select, update on organization to wardgrid_platform;

grant delete, insert, select, update on organization to wardgrid_scoped;

grant delete, insert, select, update on organization to wardgrid_tenant;

grant delete, insert, select, update on platform_secret to wardgrid_auth;

grant delete, insert, select, update on platform_setting to wardgrid_auth;

grant delete, insert, select, update on policy to wardgrid_ingest;

grant delete, insert, select, update on policy to wardgrid_platform;

grant delete, insert, select, update on policy to wardgrid_scoped;

grant delete, insert, select, update on policy to wardgrid_tenant;

grant delete, insert, select, update on policy_version to wardgrid_ingest;

grant delete, insert, select, update on policy_version to wardgrid_platform;

grant delete, insert, select, update on policy_version to wardgrid_scoped;

grant delete, insert, select, update on policy_version to wardgrid_tenant;

grant delete, insert, select, update on quarantine_entry to wardgrid_ingest;

grant delete, insert, select, update on quarantine_entry to wardgrid_platform;

grant delete, insert, select, update on quarantine_entry to wardgrid_scoped;

grant delete, insert, select, update on quarantine_entry to wardgrid_tenant;

grant select on reporting.admins to wardgrid_platform;

grant select on reporting.admins to wardgrid_scoped;

grant select on reporting.admins to wardgrid_tenant;

grant select on reporting.agents to wardgrid_platform;

grant select on reporting.agents to wardgrid_scoped;

grant select on reporting.agents to wardgrid_tenant;

grant select on reporting.assets to wardgrid_platform;

grant select on reporting.assets to wardgrid_scoped;

grant select on reporting.assets to wardgrid_tenant;

grant select on reporting.clients to wardgrid_platform;

grant select on reporting.clients to wardgrid_scoped;

grant select on reporting.clients to wardgrid_tenant;

grant select on reporting.devices to wardgrid_platform;

grant select on reporting.devices to wardgrid_scoped;

grant select on reporting.devices to wardgrid_tenant;

grant select on reporting.findings to wardgrid_platform;

grant select on reporting.findings to wardgrid_scoped;

grant select on reporting.findings to wardgrid_tenant;

grant select on reporting.groups to wardgrid_platform;

grant select on reporting.groups to wardgrid_scoped;

grant select on reporting.groups to wardgrid_tenant;

grant select on reporting.jobs to wardgrid_platform;

grant select on reporting.jobs to wardgrid_scoped;

grant select on reporting.jobs to wardgrid_tenant;

grant select on reporting.organizations to wardgrid_platform;

grant select on reporting.organizations to wardgrid_scoped;

grant select on reporting.organizations to wardgrid_tenant;

grant select on reporting.policies to wardgrid_platform;

grant select on reporting.policies to wardgrid_scoped;

grant select on reporting.policies to wardgrid_tenant;

grant select on reporting.tenants to wardgrid_platform;

grant select on reporting.tenants to wardgrid_scoped;

grant select on reporting.tenants to wardgrid_tenant;

grant select on reporting.threats to wardgrid_platform;

grant select on reporting.threats to wardgrid_scoped;

grant select on reporting.threats to wardgrid_tenant;

grant select on reporting.users to wardgrid_platform;

grant select on reporting.users to wardgrid_scoped;

grant select on reporting.users to wardgrid_tenant;

grant delete, insert, select, update on rule_exception to wardgrid_ingest;

grant delete, insert, select, update on rule_exception to wardgrid_platform;

grant delete, insert, select, update on rule_exception to wardgrid_scoped;

grant delete, insert, select, update on rule_exception to wardgrid_tenant;

grant delete, insert, select, update on rule_imported to wardgrid_ingest;

grant delete, insert, select, update on rule_imported to wardgrid_platform;

grant delete, insert, select, update on rule_imported to wardgrid_scoped;

grant delete, insert, select, update on rule_imported to wardgrid_tenant;

grant delete, insert, select, update on rule_product to wardgrid_ingest;

grant select on rule_product to wardgrid_platform;

grant select on rule_product to wardgrid_scoped;

grant select on rule_product to wardgrid_tenant;

grant delete, insert, select, update on rule_set to wardgrid_ingest;

grant delete, insert, select, update on rule_set to wardgrid_platform;

grant delete, insert, select, update on rule_set to wardgrid_scoped;

grant delete, insert, select, update on rule_set to wardgrid_tenant;

grant delete, insert, select, update on rule_switch to wardgrid_ingest;

grant delete, insert, select, update on rule_switch to wardgrid_platform;

grant delete, insert, select, update on rule_switch to wardgrid_scoped;

grant delete, insert, select, update on rule_switch to wardgrid_tenant;

grant delete, insert, select, update on saved_view to wardgrid_auth;

grant usage on schema public to wardgrid_auth;

grant usage on schema public to wardgrid_ingest;

grant usage on schema public to wardgrid_platform;

grant usage on schema public to wardgrid_scoped;

grant usage on schema public to wardgrid_sync;

grant usage on schema public to wardgrid_tenant;

grant usage on schema reporting to wardgrid_platform;

grant usage on schema reporting to wardgrid_scoped;

grant usage on schema reporting to wardgrid_tenant;

grant delete, insert, select, update on seat_lease to wardgrid_ingest;

grant delete, insert, select, update on seat_lease to wardgrid_platform;

grant delete, insert, select, update on seat_lease to wardgrid_scoped;

grant delete, insert, select, update on seat_lease to wardgrid_tenant;

grant delete, insert, select, update on session to wardgrid_auth;

grant delete, insert, select, update on sign_in_failure to wardgrid_auth;

grant delete, insert, select, update on sync_alias to wardgrid_ingest;

grant delete, insert, select, update on sync_aside to wardgrid_ingest;

grant delete, insert, select, update on sync_aside to wardgrid_platform;

grant delete, insert, select, update on sync_aside to wardgrid_scoped;

grant delete, insert, select, update on sync_aside to wardgrid_tenant;

grant delete, insert, select, update on sync_conflict to wardgrid_ingest;

grant delete, insert, select, update on sync_conflict to wardgrid_platform;

grant delete, insert, select, update on sync_conflict to wardgrid_scoped;

grant delete, insert, select, update on sync_conflict to wardgrid_tenant;

grant delete, insert, select, update on sync_living to wardgrid_ingest;

grant delete, insert, select, update on sync_log to wardgrid_ingest;

grant delete, insert, select, update on sync_op to wardgrid_ingest;

grant delete, insert, select, update on sync_op_id to wardgrid_ingest;

grant delete, insert, select, update on sync_outbox to wardgrid_ingest;

grant usage on sync_outbox_id_seq to wardgrid_ingest;

grant delete, insert, select, update on sync_peer to wardgrid_ingest;

grant delete, insert, select, update on sync_reference to wardgrid_ingest;

grant delete, insert, select, update on sync_reference to wardgrid_platform;

grant delete, insert, select, update on sync_reference to wardgrid_scoped;

grant delete, insert, select, update on sync_reference to wardgrid_tenant;

grant delete, insert, select, update on sync_row to wardgrid_ingest;

grant delete, insert, select, update on sync_stream to wardgrid_ingest;

grant delete, insert, select, update on sync_tenant to wardgrid_ingest;

grant delete, insert, select, update on sync_voucher to wardgrid_ingest;

grant delete, insert, select, update on temporary_id to wardgrid_auth;

grant delete, insert, select, update on tenant to wardgrid_ingest;

grant delete, insert, select, update on tenant to wardgrid_platform;

grant delete, insert, select, update on tenant to wardgrid_scoped;

grant delete, insert, select, update on tenant to wardgrid_tenant;
