CREATE TABLE "regions" (
  "region_code" VARCHAR NOT NULL,
  "vintage" BIGINT NOT NULL CHECK ("vintage" >= 1900) CHECK ("vintage" <= 2100),
  PRIMARY KEY ("region_code", "vintage")
);
COMMENT ON TABLE "regions" IS 'Regions in each of their vintages.';
COMMENT ON COLUMN "regions"."region_code" IS 'Code of the region.';
COMMENT ON COLUMN "regions"."vintage" IS 'Year from which it holds.';
CREATE TABLE "sites" (
  "site_id" VARCHAR NOT NULL CHECK (regexp_matches("site_id", '^s-[0-9a-z]+$')),
  "owner_code" VARCHAR UNIQUE,
  "parent_id" VARCHAR,
  "region_code" VARCHAR,
  "vintage" BIGINT,
  "latitude" DOUBLE CHECK ("latitude" >= -90) CHECK ("latitude" <= 90),
  "is_open" BOOLEAN,
  CHECK (("region_code" IS NOT NULL)::INTEGER + ("vintage" IS NOT NULL)::INTEGER IN (0, 2)),
  PRIMARY KEY ("site_id"),
  FOREIGN KEY ("region_code", "vintage") REFERENCES "regions" ("region_code", "vintage"),
  FOREIGN KEY ("parent_id") REFERENCES "sites" ("site_id")
);
COMMENT ON TABLE "sites" IS 'Sites, each with its owner''s code.';
COMMENT ON COLUMN "sites"."site_id" IS 'Id of the site.';
COMMENT ON COLUMN "sites"."owner_code" IS 'Code that the owner uses.';
COMMENT ON COLUMN "sites"."parent_id" IS 'Site that it is a part of.';
COMMENT ON COLUMN "sites"."region_code" IS 'Region of the site.';
COMMENT ON COLUMN "sites"."vintage" IS 'Vintage of the region.';
COMMENT ON COLUMN "sites"."latitude" IS 'Where it lies. [degrees]';
COMMENT ON COLUMN "sites"."is_open" IS 'Whether it is open.';
CREATE TABLE "visits" (
  "site_id" VARCHAR NOT NULL,
  "date_start" DATE NOT NULL,
  "date_end" DATE,
  "purpose" VARCHAR CHECK ("purpose" IN ('survey', 'repair')),
  "seen_low" BIGINT CHECK ("seen_low" >= 0),
  "seen_best" BIGINT,
  "seen_high" BIGINT,
  CHECK (coalesce("date_start" <= "date_end", true)),
  CHECK (coalesce("seen_low" <= "seen_best", true) AND coalesce("seen_low" <= "seen_high", true) AND coalesce("seen_best" <= "seen_high", true)),
  PRIMARY KEY ("site_id", "date_start"),
  FOREIGN KEY ("site_id") REFERENCES "sites" ("site_id")
);
COMMENT ON TABLE "visits" IS 'Visits to sites.';
COMMENT ON COLUMN "visits"."site_id" IS 'Site that was visited.';
COMMENT ON COLUMN "visits"."date_start" IS 'First day of the visit.';
COMMENT ON COLUMN "visits"."date_end" IS 'Last day of the visit.';
COMMENT ON COLUMN "visits"."purpose" IS 'Why the site was visited.';
COMMENT ON COLUMN "visits"."seen_low" IS 'Fewest seen. [persons]';
COMMENT ON COLUMN "visits"."seen_best" IS 'Probably seen.';
COMMENT ON COLUMN "visits"."seen_high" IS 'Most seen.';
