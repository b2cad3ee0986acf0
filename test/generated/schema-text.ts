import { Client } from 'pg';

/** Sections of the printed schema, each a query for lines of text in their order. */
const SECTIONS: readonly (readonly [title: string, query: string])[] = [
  [
    'Extensions',
    `select format('create extension %s;', extname) as line from pg_extension
     where extname <> 'plpgsql' order by extname`,
  ],
  [
    'Tables',
    `select format(E'create table %s (\\n%s\\n);', c.oid::regclass,
       string_agg('  ' || part.text, E',\\n' order by part.place, part.text)) as line
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     cross join lateral (
       select 0 + a.attnum as place, format('%I %s%s%s', a.attname,
         format_type(a.atttypid, a.atttypmod),
         case when a.attgenerated = 's'
           then format(' generated always as (%s) stored', pg_get_expr(d.adbin, d.adrelid))
           else coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') end,
         case when a.attnotnull then ' not null' else '' end) as text
       from pg_attribute a
       left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       union all
       select 10000 + position(k.contype::text in 'pufcx'),
         format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid))
       from pg_constraint k where k.conrelid = c.oid and k.contype in ('p', 'u', 'f', 'c', 'x')
     ) part
     where n.nspname in ('public', 'reporting') and c.relkind in ('r', 'p')
     group by c.oid, n.nspname, c.relname order by n.nspname, c.relname`,
  ],
  [
    'Storage',
    `select format('alter table %s set (%s);', c.oid::regclass,
       (select string_agg(o, ', ' order by o) from unnest(c.reloptions) o)) as line
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p') and c.reloptions is not null
     order by c.relname`,
  ],
  [
    'Indexes',
    `select pg_get_indexdef(i.indexrelid) || ';' as line
     from pg_index i join pg_class c on c.oid = i.indexrelid
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public'
       and not exists (select from pg_constraint k where k.conindid = i.indexrelid
         and k.contype in ('p', 'u', 'x'))
     order by c.relname`,
  ],
  [
    'Row-level security',
    `select format('alter table %s %s row level security;%s', c.oid::regclass,
       case when c.relrowsecurity then 'enable' else 'disable' end,
       case when c.relforcerowsecurity then ' -- forced' else ' -- NOT FORCED' end) as line
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind in ('r', 'p') order by c.relname`,
  ],
  [
    'Policies',
    `select format('create policy %I on %I for %s to %s%s%s;', policyname, tablename, lower(cmd),
       (select string_agg(r, ', ' order by r) from unnest(roles) r),
       coalesce(E'\\n  using ' || qual, ''), coalesce(E'\\n  with check ' || with_check, '')) as line
     from pg_policies where schemaname = 'public' order by tablename, policyname`,
  ],
  [
    'Functions',
    `select pg_get_functiondef(p.oid) || ';' || case
       when pg_get_userbyid(p.proowner) like 'wardgrid%'
       then ' -- owned by ' || pg_get_userbyid(p.proowner) else '' end as line
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname in ('public', 'reporting') and not exists (
       select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
     order by p.proname, pg_get_function_identity_arguments(p.oid)`,
  ],
  [
    'Views',
    `select format(E'create view %s%s as\\n%s', c.oid::regclass,
       coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', ''),
       pg_get_viewdef(c.oid)) as line
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('public', 'reporting') and c.relkind = 'v' order by n.nspname, c.relname`,
  ],
  [
    'Rights',
    `select format('grant %s on %s to %s;', string_agg(lower(right_of.privilege_type), ', '
         order by right_of.privilege_type), object, right_of.grantee::regrole) as line
     from (
       select c.oid::regclass::text as object, c.relacl as acl
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('public', 'reporting')
       union all
       select format('%s (%I)', a.attrelid::regclass, a.attname), a.attacl
       from pg_attribute a join pg_class c on c.oid = a.attrelid
       join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('public', 'reporting')
       union all
       select 'function ' || p.oid::regprocedure::text, p.proacl
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname in ('public', 'reporting') and not exists (
         select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
       union all
       select 'schema ' || n.nspname, n.nspacl
       from pg_namespace n where n.nspname in ('public', 'reporting')
     ) granted cross join lateral aclexplode(acl) right_of
     where right_of.grantee <> 0 and right_of.grantee::regrole::text like 'wardgrid\\_%'
       and right_of.privilege_type not in ('MAINTAIN')
     group by object, right_of.grantee::regrole::text, right_of.grantee
     order by object, right_of.grantee::regrole::text`,
  ],
];

/**
 * The schema of a database as text that is the same for every server and every run. Views are left
 * out where asked: what PostgreSQL prints of their queries differs between versions.
 */
export async function schemaText(
  connection: object,
  options: { readonly hasViews: boolean } = { hasViews: true },
): Promise<string> {
  const client = new Client(connection);
  await client.connect();
  try {
    const parts = ['-- Made by scripts/schema.ts, do not edit.'];
    for (const [title, query] of SECTIONS) {
      if (title === 'Views' && !options.hasViews) continue;
      const { rows } = await client.query<{ line: string }>(query);
      parts.push(`-- ${title}`, ...rows.map(({ line }) => line.trim()));
    }
    return `${parts.join('\n\n')}\n`;
  } finally {
    await client.end();
  }
}
