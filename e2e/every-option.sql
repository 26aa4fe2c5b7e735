-- Read by every-option.yaml: SQL of the first start that comes from a file.
CREATE TABLE from_a_file (word text NOT NULL);
INSERT INTO from_a_file VALUES ('tab	and ''quotes''');
