import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installs, isEmpty } from '../src/sql/refuse.ts';

test('an extension is refused however it is asked for', () => {
  for (const query of ['INSTALL httpfs', ' install spatial; LOAD spatial', 'SELECT 1; /* x */ FORCE INSTALL json', '-- first\nINSTALL x', 'UPDATE EXTENSIONS'])
    assert.ok(installs(query), query);
});

test('the word alone installs nothing', () => {
  for (const query of ["SELECT 'x; INSTALL httpfs'", '-- INSTALL httpfs\nSELECT 1', 'SELECT "a; install b" FROM t', 'SELECT $$; INSTALL x$$', 'SELECT installed FROM duckdb_extensions()', 'EXPLAIN SELECT 1'])
    assert.ok(!installs(query), query);
});

test('a query of comments alone asks nothing', () => {
  for (const query of ['', ' \n\t', '-- SELECT 1', '/* SELECT 1 */', ';', ' ; -- x\n;/* y', '/**/-- z']) assert.ok(isEmpty(query), query);
});

test('whatever stands beside a comment is asked', () => {
  for (const query of ['SELECT 1', '-- x\nSELECT 1', "'-- x'", '"--"', '$$ -- $$', '/* x */ 1', 'nonsense']) assert.ok(!isEmpty(query), query);
});
