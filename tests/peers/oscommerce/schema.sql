-- The tables of osCommerce Online Merchant 2.3.3, as information_schema of a running shop says; no rows.
-- Engine and character set are the database's own, as in the shop's installer: see tests/peers/oscommerce/shape.py.
-- What 2.3.4.1 has otherwise (sessions.sesskey, an index of whos_online) stands there too.

CREATE TABLE action_recorder (
  id int(11) NOT NULL AUTO_INCREMENT,
  module varchar(255) NOT NULL,
  user_id int(11),
  user_name varchar(255),
  identifier varchar(255) NOT NULL,
  success char(1),
  date_added datetime NOT NULL,
  PRIMARY KEY (id),
  KEY idx_action_recorder_date_added (date_added),
  KEY idx_action_recorder_identifier (identifier),
  KEY idx_action_recorder_module (module),
  KEY idx_action_recorder_user_id (user_id)
);
CREATE TABLE address_book (
  address_book_id int(11) NOT NULL AUTO_INCREMENT,
  customers_id int(11) NOT NULL,
  entry_gender char(1),
  entry_company varchar(255),
  entry_firstname varchar(255) NOT NULL,
  entry_lastname varchar(255) NOT NULL,
  entry_street_address varchar(255) NOT NULL,
  entry_suburb varchar(255),
  entry_postcode varchar(255) NOT NULL,
  entry_city varchar(255) NOT NULL,
  entry_state varchar(255),
  entry_country_id int(11) NOT NULL DEFAULT 0,
  entry_zone_id int(11) NOT NULL DEFAULT 0,
  PRIMARY KEY (address_book_id),
  KEY idx_address_book_customers_id (customers_id)
);
CREATE TABLE address_format (
  address_format_id int(11) NOT NULL AUTO_INCREMENT,
  address_format varchar(128) NOT NULL,
  address_summary varchar(48) NOT NULL,
  PRIMARY KEY (address_format_id)
);
CREATE TABLE administrators (
  id int(11) NOT NULL AUTO_INCREMENT,
  user_name varchar(255) NOT NULL,
  user_password varchar(60) NOT NULL,
  PRIMARY KEY (id)
);
CREATE TABLE banners (
  banners_id int(11) NOT NULL AUTO_INCREMENT,
  banners_title varchar(64) NOT NULL,
  banners_url varchar(255) NOT NULL,
  banners_image varchar(64) NOT NULL,
  banners_group varchar(10) NOT NULL,
  banners_html_text text,
  expires_impressions int(7) DEFAULT 0,
  expires_date datetime,
  date_scheduled datetime,
  date_added datetime NOT NULL,
  date_status_change datetime,
  status int(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (banners_id),
  KEY idx_banners_group (banners_group)
);
CREATE TABLE banners_history (
  banners_history_id int(11) NOT NULL AUTO_INCREMENT,
  banners_id int(11) NOT NULL,
  banners_shown int(5) NOT NULL DEFAULT 0,
  banners_clicked int(5) NOT NULL DEFAULT 0,
  banners_history_date datetime NOT NULL,
  PRIMARY KEY (banners_history_id),
  KEY idx_banners_history_banners_id (banners_id)
);
CREATE TABLE categories (
  categories_id int(11) NOT NULL AUTO_INCREMENT,
  categories_image varchar(64),
  parent_id int(11) NOT NULL DEFAULT 0,
  sort_order int(3),
  date_added datetime,
  last_modified datetime,
  PRIMARY KEY (categories_id),
  KEY idx_categories_parent_id (parent_id)
);
CREATE TABLE categories_description (
  categories_id int(11) NOT NULL DEFAULT 0,
  language_id int(11) NOT NULL DEFAULT 1,
  categories_name varchar(32) NOT NULL,
  PRIMARY KEY (categories_id, language_id),
  KEY idx_categories_name (categories_name)
);
CREATE TABLE configuration (
  configuration_id int(11) NOT NULL AUTO_INCREMENT,
  configuration_title varchar(255) NOT NULL,
  configuration_key varchar(255) NOT NULL,
  configuration_value text NOT NULL,
  configuration_description varchar(255) NOT NULL,
  configuration_group_id int(11) NOT NULL,
  sort_order int(5),
  last_modified datetime,
  date_added datetime NOT NULL,
  use_function varchar(255),
  set_function varchar(255),
  PRIMARY KEY (configuration_id)
);
CREATE TABLE configuration_group (
  configuration_group_id int(11) NOT NULL AUTO_INCREMENT,
  configuration_group_title varchar(64) NOT NULL,
  configuration_group_description varchar(255) NOT NULL,
  sort_order int(5),
  visible int(1) DEFAULT 1,
  PRIMARY KEY (configuration_group_id)
);
CREATE TABLE counter (
  startdate char(8),
  counter int(12)
);
CREATE TABLE counter_history (
  month char(8),
  counter int(12)
);
CREATE TABLE countries (
  countries_id int(11) NOT NULL AUTO_INCREMENT,
  countries_name varchar(255) NOT NULL,
  countries_iso_code_2 char(2) NOT NULL,
  countries_iso_code_3 char(3) NOT NULL,
  address_format_id int(11) NOT NULL,
  PRIMARY KEY (countries_id),
  KEY IDX_COUNTRIES_NAME (countries_name)
);
CREATE TABLE currencies (
  currencies_id int(11) NOT NULL AUTO_INCREMENT,
  title varchar(32) NOT NULL,
  code char(3) NOT NULL,
  symbol_left varchar(12),
  symbol_right varchar(12),
  decimal_point char(1),
  thousands_point char(1),
  decimal_places char(1),
  value float(13,8),
  last_updated datetime,
  PRIMARY KEY (currencies_id),
  KEY idx_currencies_code (code)
);
CREATE TABLE customers (
  customers_id int(11) NOT NULL AUTO_INCREMENT,
  customers_gender char(1),
  customers_firstname varchar(255) NOT NULL,
  customers_lastname varchar(255) NOT NULL,
  customers_dob datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  customers_email_address varchar(255) NOT NULL,
  customers_default_address_id int(11),
  customers_telephone varchar(255) NOT NULL,
  customers_fax varchar(255),
  customers_password varchar(60) NOT NULL,
  customers_newsletter char(1),
  PRIMARY KEY (customers_id),
  KEY idx_customers_email_address (customers_email_address)
);
CREATE TABLE customers_basket (
  customers_basket_id int(11) NOT NULL AUTO_INCREMENT,
  customers_id int(11) NOT NULL,
  products_id tinytext NOT NULL,
  customers_basket_quantity int(2) NOT NULL,
  final_price decimal(15,4),
  customers_basket_date_added char(8),
  PRIMARY KEY (customers_basket_id),
  KEY idx_customers_basket_customers_id (customers_id)
);
CREATE TABLE customers_basket_attributes (
  customers_basket_attributes_id int(11) NOT NULL AUTO_INCREMENT,
  customers_id int(11) NOT NULL,
  products_id tinytext NOT NULL,
  products_options_id int(11) NOT NULL,
  products_options_value_id int(11) NOT NULL,
  PRIMARY KEY (customers_basket_attributes_id),
  KEY idx_customers_basket_att_customers_id (customers_id)
);
CREATE TABLE customers_info (
  customers_info_id int(11) NOT NULL,
  customers_info_date_of_last_logon datetime,
  customers_info_number_of_logons int(5),
  customers_info_date_account_created datetime,
  customers_info_date_account_last_modified datetime,
  global_product_notifications int(1) DEFAULT 0,
  password_reset_key char(40),
  password_reset_date datetime,
  PRIMARY KEY (customers_info_id)
);
CREATE TABLE geo_zones (
  geo_zone_id int(11) NOT NULL AUTO_INCREMENT,
  geo_zone_name varchar(32) NOT NULL,
  geo_zone_description varchar(255) NOT NULL,
  last_modified datetime,
  date_added datetime NOT NULL,
  PRIMARY KEY (geo_zone_id)
);
CREATE TABLE languages (
  languages_id int(11) NOT NULL AUTO_INCREMENT,
  name varchar(32) NOT NULL,
  code char(2) NOT NULL,
  image varchar(64),
  directory varchar(32),
  sort_order int(3),
  PRIMARY KEY (languages_id),
  KEY IDX_LANGUAGES_NAME (name)
);
CREATE TABLE manufacturers (
  manufacturers_id int(11) NOT NULL AUTO_INCREMENT,
  manufacturers_name varchar(32) NOT NULL,
  manufacturers_image varchar(64),
  date_added datetime,
  last_modified datetime,
  PRIMARY KEY (manufacturers_id),
  KEY IDX_MANUFACTURERS_NAME (manufacturers_name)
);
CREATE TABLE manufacturers_info (
  manufacturers_id int(11) NOT NULL,
  languages_id int(11) NOT NULL,
  manufacturers_url varchar(255) NOT NULL,
  url_clicked int(5) NOT NULL DEFAULT 0,
  date_last_click datetime,
  PRIMARY KEY (manufacturers_id, languages_id)
);
CREATE TABLE newsletters (
  newsletters_id int(11) NOT NULL AUTO_INCREMENT,
  title varchar(255) NOT NULL,
  content text NOT NULL,
  module varchar(255) NOT NULL,
  date_added datetime NOT NULL,
  date_sent datetime,
  status int(1),
  locked int(1) DEFAULT 0,
  PRIMARY KEY (newsletters_id)
);
CREATE TABLE orders (
  orders_id int(11) NOT NULL AUTO_INCREMENT,
  customers_id int(11) NOT NULL,
  customers_name varchar(255) NOT NULL,
  customers_company varchar(255),
  customers_street_address varchar(255) NOT NULL,
  customers_suburb varchar(255),
  customers_city varchar(255) NOT NULL,
  customers_postcode varchar(255) NOT NULL,
  customers_state varchar(255),
  customers_country varchar(255) NOT NULL,
  customers_telephone varchar(255) NOT NULL,
  customers_email_address varchar(255) NOT NULL,
  customers_address_format_id int(5) NOT NULL,
  delivery_name varchar(255) NOT NULL,
  delivery_company varchar(255),
  delivery_street_address varchar(255) NOT NULL,
  delivery_suburb varchar(255),
  delivery_city varchar(255) NOT NULL,
  delivery_postcode varchar(255) NOT NULL,
  delivery_state varchar(255),
  delivery_country varchar(255) NOT NULL,
  delivery_address_format_id int(5) NOT NULL,
  billing_name varchar(255) NOT NULL,
  billing_company varchar(255),
  billing_street_address varchar(255) NOT NULL,
  billing_suburb varchar(255),
  billing_city varchar(255) NOT NULL,
  billing_postcode varchar(255) NOT NULL,
  billing_state varchar(255),
  billing_country varchar(255) NOT NULL,
  billing_address_format_id int(5) NOT NULL,
  payment_method varchar(255) NOT NULL,
  cc_type varchar(20),
  cc_owner varchar(255),
  cc_number varchar(32),
  cc_expires varchar(4),
  last_modified datetime,
  date_purchased datetime,
  orders_status int(5) NOT NULL,
  orders_date_finished datetime,
  currency char(3),
  currency_value decimal(14,6),
  PRIMARY KEY (orders_id),
  KEY idx_orders_customers_id (customers_id)
);
CREATE TABLE orders_products (
  orders_products_id int(11) NOT NULL AUTO_INCREMENT,
  orders_id int(11) NOT NULL,
  products_id int(11) NOT NULL,
  products_model varchar(12),
  products_name varchar(64) NOT NULL,
  products_price decimal(15,4) NOT NULL,
  final_price decimal(15,4) NOT NULL,
  products_tax decimal(7,4) NOT NULL,
  products_quantity int(2) NOT NULL,
  PRIMARY KEY (orders_products_id),
  KEY idx_orders_products_orders_id (orders_id),
  KEY idx_orders_products_products_id (products_id)
);
CREATE TABLE orders_products_attributes (
  orders_products_attributes_id int(11) NOT NULL AUTO_INCREMENT,
  orders_id int(11) NOT NULL,
  orders_products_id int(11) NOT NULL,
  products_options varchar(32) NOT NULL,
  products_options_values varchar(32) NOT NULL,
  options_values_price decimal(15,4) NOT NULL,
  price_prefix char(1) NOT NULL,
  PRIMARY KEY (orders_products_attributes_id),
  KEY idx_orders_products_att_orders_id (orders_id)
);
CREATE TABLE orders_products_download (
  orders_products_download_id int(11) NOT NULL AUTO_INCREMENT,
  orders_id int(11) NOT NULL DEFAULT 0,
  orders_products_id int(11) NOT NULL DEFAULT 0,
  orders_products_filename varchar(255) NOT NULL DEFAULT '',
  download_maxdays int(2) NOT NULL DEFAULT 0,
  download_count int(2) NOT NULL DEFAULT 0,
  PRIMARY KEY (orders_products_download_id),
  KEY idx_orders_products_download_orders_id (orders_id)
);
CREATE TABLE orders_status (
  orders_status_id int(11) NOT NULL DEFAULT 0,
  language_id int(11) NOT NULL DEFAULT 1,
  orders_status_name varchar(32) NOT NULL,
  public_flag int(11) DEFAULT 1,
  downloads_flag int(11) DEFAULT 0,
  PRIMARY KEY (orders_status_id, language_id),
  KEY idx_orders_status_name (orders_status_name)
);
CREATE TABLE orders_status_history (
  orders_status_history_id int(11) NOT NULL AUTO_INCREMENT,
  orders_id int(11) NOT NULL,
  orders_status_id int(5) NOT NULL,
  date_added datetime NOT NULL,
  customer_notified int(1) DEFAULT 0,
  comments text,
  PRIMARY KEY (orders_status_history_id),
  KEY idx_orders_status_history_orders_id (orders_id)
);
CREATE TABLE orders_total (
  orders_total_id int(10) unsigned NOT NULL AUTO_INCREMENT,
  orders_id int(11) NOT NULL,
  title varchar(255) NOT NULL,
  text varchar(255) NOT NULL,
  value decimal(15,4) NOT NULL,
  class varchar(32) NOT NULL,
  sort_order int(11) NOT NULL,
  PRIMARY KEY (orders_total_id),
  KEY idx_orders_total_orders_id (orders_id)
);
CREATE TABLE products (
  products_id int(11) NOT NULL AUTO_INCREMENT,
  products_quantity int(4) NOT NULL,
  products_model varchar(12),
  products_image varchar(64),
  products_price decimal(15,4) NOT NULL,
  products_date_added datetime NOT NULL,
  products_last_modified datetime,
  products_date_available datetime,
  products_weight decimal(5,2) NOT NULL,
  products_status tinyint(1) NOT NULL,
  products_tax_class_id int(11) NOT NULL,
  manufacturers_id int(11),
  products_ordered int(11) NOT NULL DEFAULT 0,
  PRIMARY KEY (products_id),
  KEY idx_products_date_added (products_date_added),
  KEY idx_products_model (products_model)
);
CREATE TABLE products_attributes (
  products_attributes_id int(11) NOT NULL AUTO_INCREMENT,
  products_id int(11) NOT NULL,
  options_id int(11) NOT NULL,
  options_values_id int(11) NOT NULL,
  options_values_price decimal(15,4) NOT NULL,
  price_prefix char(1) NOT NULL,
  PRIMARY KEY (products_attributes_id),
  KEY idx_products_attributes_products_id (products_id)
);
CREATE TABLE products_attributes_download (
  products_attributes_id int(11) NOT NULL,
  products_attributes_filename varchar(255) NOT NULL DEFAULT '',
  products_attributes_maxdays int(2) DEFAULT 0,
  products_attributes_maxcount int(2) DEFAULT 0,
  PRIMARY KEY (products_attributes_id)
);
CREATE TABLE products_description (
  products_id int(11) NOT NULL AUTO_INCREMENT,
  language_id int(11) NOT NULL DEFAULT 1,
  products_name varchar(64) NOT NULL DEFAULT '',
  products_description text,
  products_url varchar(255),
  products_viewed int(5) DEFAULT 0,
  PRIMARY KEY (products_id, language_id),
  KEY products_name (products_name)
);
CREATE TABLE products_images (
  id int(11) NOT NULL AUTO_INCREMENT,
  products_id int(11) NOT NULL,
  image varchar(64),
  htmlcontent text,
  sort_order int(11) NOT NULL,
  PRIMARY KEY (id),
  KEY products_images_prodid (products_id)
);
CREATE TABLE products_notifications (
  products_id int(11) NOT NULL,
  customers_id int(11) NOT NULL,
  date_added datetime NOT NULL,
  PRIMARY KEY (products_id, customers_id)
);
CREATE TABLE products_options (
  products_options_id int(11) NOT NULL DEFAULT 0,
  language_id int(11) NOT NULL DEFAULT 1,
  products_options_name varchar(32) NOT NULL DEFAULT '',
  PRIMARY KEY (products_options_id, language_id)
);
CREATE TABLE products_options_values (
  products_options_values_id int(11) NOT NULL DEFAULT 0,
  language_id int(11) NOT NULL DEFAULT 1,
  products_options_values_name varchar(64) NOT NULL DEFAULT '',
  PRIMARY KEY (products_options_values_id, language_id)
);
CREATE TABLE products_options_values_to_products_options (
  products_options_values_to_products_options_id int(11) NOT NULL AUTO_INCREMENT,
  products_options_id int(11) NOT NULL,
  products_options_values_id int(11) NOT NULL,
  PRIMARY KEY (products_options_values_to_products_options_id)
);
CREATE TABLE products_to_categories (
  products_id int(11) NOT NULL,
  categories_id int(11) NOT NULL,
  PRIMARY KEY (products_id, categories_id)
);
CREATE TABLE reviews (
  reviews_id int(11) NOT NULL AUTO_INCREMENT,
  products_id int(11) NOT NULL,
  customers_id int(11),
  customers_name varchar(255) NOT NULL,
  reviews_rating int(1),
  date_added datetime,
  last_modified datetime,
  reviews_status tinyint(1) NOT NULL DEFAULT 0,
  reviews_read int(5) NOT NULL DEFAULT 0,
  PRIMARY KEY (reviews_id),
  KEY idx_reviews_customers_id (customers_id),
  KEY idx_reviews_products_id (products_id)
);
CREATE TABLE reviews_description (
  reviews_id int(11) NOT NULL,
  languages_id int(11) NOT NULL,
  reviews_text text NOT NULL,
  PRIMARY KEY (reviews_id, languages_id)
);
CREATE TABLE sec_directory_whitelist (
  id int(11) NOT NULL AUTO_INCREMENT,
  directory varchar(255) NOT NULL,
  PRIMARY KEY (id)
);
CREATE TABLE sessions (
  sesskey varchar(32) NOT NULL,
  expiry int(11) unsigned NOT NULL,
  value text NOT NULL,
  PRIMARY KEY (sesskey)
);
CREATE TABLE specials (
  specials_id int(11) NOT NULL AUTO_INCREMENT,
  products_id int(11) NOT NULL,
  specials_new_products_price decimal(15,4) NOT NULL,
  specials_date_added datetime,
  specials_last_modified datetime,
  expires_date datetime,
  date_status_change datetime,
  status int(1) NOT NULL DEFAULT 1,
  PRIMARY KEY (specials_id),
  KEY idx_specials_products_id (products_id)
);
CREATE TABLE tax_class (
  tax_class_id int(11) NOT NULL AUTO_INCREMENT,
  tax_class_title varchar(32) NOT NULL,
  tax_class_description varchar(255) NOT NULL,
  last_modified datetime,
  date_added datetime NOT NULL,
  PRIMARY KEY (tax_class_id)
);
CREATE TABLE tax_rates (
  tax_rates_id int(11) NOT NULL AUTO_INCREMENT,
  tax_zone_id int(11) NOT NULL,
  tax_class_id int(11) NOT NULL,
  tax_priority int(5) DEFAULT 1,
  tax_rate decimal(7,4) NOT NULL,
  tax_description varchar(255) NOT NULL,
  last_modified datetime,
  date_added datetime NOT NULL,
  PRIMARY KEY (tax_rates_id)
);
CREATE TABLE whos_online (
  customer_id int(11),
  full_name varchar(255) NOT NULL,
  session_id varchar(128) NOT NULL,
  ip_address varchar(15) NOT NULL,
  time_entry varchar(14) NOT NULL,
  time_last_click varchar(14) NOT NULL,
  last_page_url text NOT NULL
);
CREATE TABLE zones (
  zone_id int(11) NOT NULL AUTO_INCREMENT,
  zone_country_id int(11) NOT NULL,
  zone_code varchar(32) NOT NULL,
  zone_name varchar(255) NOT NULL,
  PRIMARY KEY (zone_id),
  KEY idx_zones_country_id (zone_country_id)
);
CREATE TABLE zones_to_geo_zones (
  association_id int(11) NOT NULL AUTO_INCREMENT,
  zone_country_id int(11) NOT NULL,
  zone_id int(11),
  geo_zone_id int(11),
  last_modified datetime,
  date_added datetime NOT NULL,
  PRIMARY KEY (association_id),
  KEY idx_zones_to_geo_zones_country_id (zone_country_id)
);
