-- SPDX-License-Identifier: MIT
-- What apply loads: catalogs, resources, packages, policies, workflows. Small tables, changed
-- under the exclusive lock of apply: here foreign keys are worth their price.

SET LOCAL ROLE jml_owner;

CREATE TABLE jml.catalog (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    display_name text NOT NULL CONSTRAINT catalog_display_name_once UNIQUE,
    description  text
);
COMMENT ON TABLE jml.catalog IS 'Containers of resources and access packages';
COMMENT ON COLUMN jml.catalog.id IS 'Key';
COMMENT ON COLUMN jml.catalog.display_name IS 'Name, used in documents';
COMMENT ON COLUMN jml.catalog.description IS 'For people';

CREATE TABLE jml.resource (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    catalog_id   uuid NOT NULL REFERENCES jml.catalog,
    display_name text NOT NULL,
    target       text NOT NULL DEFAULT 'record',
    origin       jsonb,
    CONSTRAINT resource_display_name_once UNIQUE (catalog_id, display_name)
);
COMMENT ON TABLE jml.resource IS 'Things people get access to: groups, applications, sites';
COMMENT ON COLUMN jml.resource.id IS 'Key';
COMMENT ON COLUMN jml.resource.catalog_id IS 'The catalog it is in';
COMMENT ON COLUMN jml.resource.display_name IS 'Name, used in documents';
COMMENT ON COLUMN jml.resource.target IS 'Where access is delivered; record: by the record here alone';
COMMENT ON COLUMN jml.resource.origin IS 'What the target calls it';

CREATE TABLE jml.resource_role (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    resource_id  uuid NOT NULL REFERENCES jml.resource ON DELETE CASCADE,
    display_name text NOT NULL,
    origin       jsonb,
    CONSTRAINT resource_role_display_name_once UNIQUE (resource_id, display_name)
);
COMMENT ON TABLE jml.resource_role IS 'What one can be in a resource: member, editor, administrator';
COMMENT ON COLUMN jml.resource_role.id IS 'Key';
COMMENT ON COLUMN jml.resource_role.resource_id IS 'The resource';
COMMENT ON COLUMN jml.resource_role.display_name IS 'Name, used in documents';
COMMENT ON COLUMN jml.resource_role.origin IS 'What the target calls it';

CREATE TABLE jml.access_package (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    catalog_id   uuid REFERENCES jml.catalog,
    display_name text NOT NULL CONSTRAINT access_package_display_name_once UNIQUE,
    description  text,
    hidden       boolean NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE jml.access_package IS 'Bundles of resource roles that are assigned and taken away together';
COMMENT ON COLUMN jml.access_package.id IS 'Key';
COMMENT ON COLUMN jml.access_package.catalog_id IS 'The catalog it is in';
COMMENT ON COLUMN jml.access_package.display_name IS 'Name, used in documents and by jmlctl';
COMMENT ON COLUMN jml.access_package.description IS 'For people';
COMMENT ON COLUMN jml.access_package.hidden IS 'Not offered in lists to people who may request';
COMMENT ON COLUMN jml.access_package.created_at IS 'When it was first applied';

CREATE TABLE jml.access_package_role (
    access_package_id uuid NOT NULL REFERENCES jml.access_package ON DELETE CASCADE,
    resource_role_id  uuid NOT NULL REFERENCES jml.resource_role,
    PRIMARY KEY (access_package_id, resource_role_id)
);
COMMENT ON TABLE jml.access_package_role IS 'The resource roles in an access package';
COMMENT ON COLUMN jml.access_package_role.access_package_id IS 'The package';
COMMENT ON COLUMN jml.access_package_role.resource_role_id IS 'The role it gives';

CREATE TABLE jml.assignment_policy (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    access_package_id uuid NOT NULL REFERENCES jml.access_package ON DELETE CASCADE,
    display_name      text NOT NULL,
    enabled           boolean NOT NULL DEFAULT true,
    document          jsonb NOT NULL,
    CONSTRAINT assignment_policy_display_name_once UNIQUE (access_package_id, display_name)
);
COMMENT ON TABLE jml.assignment_policy IS 'Who may get an access package, who decides, and for how long';
COMMENT ON COLUMN jml.assignment_policy.id IS 'Key';
COMMENT ON COLUMN jml.assignment_policy.access_package_id IS 'The package';
COMMENT ON COLUMN jml.assignment_policy.display_name IS 'Name, looked up within its package';
COMMENT ON COLUMN jml.assignment_policy.enabled IS 'Whether new requests may use it';
COMMENT ON COLUMN jml.assignment_policy.document IS 'As applied (Graph accessPackageAssignmentPolicy)';

CREATE TABLE jml.incompatible_package (
    access_package_id uuid NOT NULL REFERENCES jml.access_package ON DELETE CASCADE,
    incompatible_id   uuid NOT NULL REFERENCES jml.access_package ON DELETE CASCADE,
    PRIMARY KEY (access_package_id, incompatible_id)
);
COMMENT ON TABLE jml.incompatible_package IS 'Packages that must not be held together';
COMMENT ON COLUMN jml.incompatible_package.access_package_id IS 'Who asks for this one';
COMMENT ON COLUMN jml.incompatible_package.incompatible_id IS 'must not hold this one';

CREATE TABLE jml.connected_organization (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    display_name text NOT NULL CONSTRAINT connected_organization_display_name_once UNIQUE,
    domains      text[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE jml.connected_organization IS 'Other organizations whose people may request';
COMMENT ON COLUMN jml.connected_organization.id IS 'Key';
COMMENT ON COLUMN jml.connected_organization.display_name IS 'Name, used in documents';
COMMENT ON COLUMN jml.connected_organization.domains IS 'Domains of their mail addresses';

CREATE TABLE jml.workflow (
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    display_name       text NOT NULL CONSTRAINT workflow_display_name_once UNIQUE,
    description        text,
    category           text
        CONSTRAINT workflow_category_known CHECK (category IN ('joiner', 'mover', 'leaver')),
    enabled            boolean NOT NULL DEFAULT false,
    scheduling_enabled boolean NOT NULL DEFAULT false,
    version            integer NOT NULL DEFAULT 1,
    scheduled_since    timestamptz,
    document           jsonb NOT NULL,
    created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at         timestamptz
);
COMMENT ON TABLE jml.workflow IS 'Lifecycle workflows: what is done for whom, when';
COMMENT ON COLUMN jml.workflow.id IS 'Key';
COMMENT ON COLUMN jml.workflow.display_name IS 'Name, used by jmlctl';
COMMENT ON COLUMN jml.workflow.description IS 'For people';
COMMENT ON COLUMN jml.workflow.category IS 'joiner, mover, leaver; empty when the document has none';
COMMENT ON COLUMN jml.workflow.enabled IS 'Whether it runs at all; jmlctl workflow enable, disable';
COMMENT ON COLUMN jml.workflow.scheduling_enabled IS 'Whether its trigger fires; else it runs on demand only';
COMMENT ON COLUMN jml.workflow.version IS 'The newest version';
COMMENT ON COLUMN jml.workflow.scheduled_since IS
    'When its trigger was last switched on (logical time): what was due before is history';
COMMENT ON COLUMN jml.workflow.document IS 'As applied (Graph identityGovernance.workflow)';
COMMENT ON COLUMN jml.workflow.created_at IS 'When it was first applied';
COMMENT ON COLUMN jml.workflow.updated_at IS 'When it was last changed';

CREATE TABLE jml.workflow_version (
    workflow_id uuid NOT NULL REFERENCES jml.workflow ON DELETE CASCADE,
    version     integer NOT NULL,
    document    jsonb NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (workflow_id, version)
);
COMMENT ON TABLE jml.workflow_version IS 'Every version of a workflow: a run keeps the one it started with';
COMMENT ON COLUMN jml.workflow_version.workflow_id IS 'The workflow';
COMMENT ON COLUMN jml.workflow_version.version IS 'Counted from 1; new when tasks or conditions change';
COMMENT ON COLUMN jml.workflow_version.document IS 'As applied';
COMMENT ON COLUMN jml.workflow_version.created_at IS 'When it was applied';

CREATE TABLE jml.rollout (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind         text NOT NULL,
    object_id    uuid,
    revision     bigint NOT NULL,
    total        bigint,
    done         bigint NOT NULL DEFAULT 0,
    cursor       uuid,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    completed_at timestamptz
);
COMMENT ON TABLE jml.rollout IS 'Changes of the configuration that are being carried to many people';
COMMENT ON COLUMN jml.rollout.id IS 'Key';
COMMENT ON COLUMN jml.rollout.kind IS 'What changed';
COMMENT ON COLUMN jml.rollout.object_id IS 'The workflow, package or policy';
COMMENT ON COLUMN jml.rollout.revision IS 'The configuration that is carried out';
COMMENT ON COLUMN jml.rollout.total IS 'People to look at, as far as known';
COMMENT ON COLUMN jml.rollout.done IS 'People looked at';
COMMENT ON COLUMN jml.rollout.cursor IS 'The last person looked at';
COMMENT ON COLUMN jml.rollout.created_at IS 'When it was ordered';
COMMENT ON COLUMN jml.rollout.completed_at IS 'When nobody was left';

SET LOCAL ROLE NONE;
