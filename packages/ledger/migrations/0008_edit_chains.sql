-- Masks that are a predefined template: known once by the file, and by each job for whoever may lot it.
alter table files add column mask_template text;
alter table jobs add column mask_template text generated always as (inputs -> 'mask' ->> 'template') stored;
