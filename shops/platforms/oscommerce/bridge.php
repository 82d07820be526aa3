<?php
/*
 * Kontor's bridge to this osCommerce shop.
 *
 * Put this file into the shop's own folder (where index.php and includes/ are). It lets one Kontor installation read and
 * write what it needs, and nobody else: every request is signed with the secret below, and none is taken twice.
 * It knows only the statements listed below; no SQL comes over the line. To lock Kontor out, delete this file.
 * Runs on PHP 5.3 to 8.x with mysqli, or with the old mysql functions.
 */

error_reporting(0);
@ini_set('display_errors', '0');

define('KONTOR_SECRET', '/*SECRET*/');
define('KONTOR_PREFIX', '/*PREFIX*/');
/* Addresses that may ask, e.g. array('203.0.113.7'); empty = all, the signature decides. */
$kontor_addresses = array();

$kontor_operations = array(/*OPERATIONS*/);

class KontorRefusal extends Exception
{
}

/* The database, through mysqli or the old functions. */
class KontorDatabase
{
    private $link;
    private $old;

    public function __construct($names)
    {
        $host = DB_SERVER;
        $port = 3306;
        $socket = null;
        if (strpos($host, ':') !== false) {
            list($host, $rest) = explode(':', $host, 2);
            if ($rest !== '' && $rest[0] === '/') {
                $socket = $rest;
            } else {
                $port = (int) $rest;
            }
        }
        $this->old = !function_exists('mysqli_init');
        if ($this->old) {
            /* 2 = CLIENT_FOUND_ROWS: an update that changes nothing has found its row. */
            $this->link = mysql_connect(DB_SERVER, DB_SERVER_USERNAME, DB_SERVER_PASSWORD, true, 2);
            if (!$this->link || !mysql_select_db(DB_DATABASE, $this->link)) {
                $this->fail();
            }
            mysql_set_charset($names, $this->link);
        } else {
            mysqli_report(MYSQLI_REPORT_OFF);
            $this->link = mysqli_init();
            mysqli_options($this->link, MYSQLI_OPT_CONNECT_TIMEOUT, 10);
            $done = mysqli_real_connect($this->link, $host, DB_SERVER_USERNAME, DB_SERVER_PASSWORD, DB_DATABASE,
                $port, $socket, MYSQLI_CLIENT_FOUND_ROWS);
            if (!$done) {
                throw new KontorRefusal(json_encode(array(mysqli_connect_errno(), kontor_cell(mysqli_connect_error()))));
            }
            mysqli_set_charset($this->link, $names);
        }
        $this->ask("SET SESSION sql_mode=''");
    }

    private function fail()
    {
        $number = $this->old ? ($this->link ? mysql_errno($this->link) : mysql_errno()) : mysqli_errno($this->link);
        $said = $this->old ? ($this->link ? mysql_error($this->link) : mysql_error()) : mysqli_error($this->link);
        throw new KontorRefusal(json_encode(array($number, kontor_cell($said))));
    }

    private function ask($sql)
    {
        $result = $this->old ? mysql_query($sql, $this->link) : mysqli_query($this->link, $sql);
        if ($result === false) {
            $this->fail();
        }
        return $result;
    }

    public function escape($text)
    {
        return $this->old
            ? mysql_real_escape_string($text, $this->link)
            : mysqli_real_escape_string($this->link, $text);
    }

    public function rows($sql)
    {
        $result = $this->ask($sql);
        $rows = array();
        $names = array();
        if ($this->old) {
            for ($at = 0; $at < mysql_num_fields($result); $at++) {
                $names[] = mysql_field_name($result, $at);
            }
            while ($row = mysql_fetch_row($result)) {
                $rows[] = array_map('kontor_cell', $row);
            }
        } else {
            foreach (mysqli_fetch_fields($result) as $field) {
                $names[] = $field->name;
            }
            while ($row = mysqli_fetch_row($result)) {
                $rows[] = array_map('kontor_cell', $row);
            }
        }
        return array('names' => $names, 'rows' => $rows);
    }

    public function change($sql)
    {
        $this->ask($sql);
        $matched = $this->old ? mysql_affected_rows($this->link) : mysqli_affected_rows($this->link);
        $new_id = $this->old ? mysql_insert_id($this->link) : mysqli_insert_id($this->link);
        $warnings = array();
        if ($this->old || mysqli_warning_count($this->link) > 0) {
            $said = $this->rows('SHOW WARNINGS');
            foreach ($said['rows'] as $row) {
                $warnings[] = array((int) $row[1], $row[2]);
            }
        }
        return array('matched' => $matched, 'new_id' => $new_id, 'warnings' => $warnings);
    }
}

/* A cell for JSON: visible ASCII as it is, everything else as base64 of its bytes. */
function kontor_cell($value)
{
    if ($value === null) {
        return null;
    }
    $value = (string) $value;
    return preg_match('/^[\x20-\x7e]*$/D', $value) ? $value : array('b' => base64_encode($value));
}

function kontor_bytes($value)
{
    if (is_string($value)) {
        return $value;
    }
    $raw = is_array($value) && isset($value['b']) && is_string($value['b']) ? base64_decode($value['b'], true) : false;
    if ($raw === false) {
        throw new KontorRefusal('value');
    }
    return $raw;
}

/* One value of a statement, checked and ready to stand in it. */
function kontor_value($kind, $value, $database)
{
    if (substr($kind, -1) === '?') {
        if ($value === null) {
            return 'NULL';
        }
        $kind = substr($kind, 0, -1);
    }
    $raw = kontor_bytes($value);
    if ($kind === 'text') {
        return "'" . $database->escape($raw) . "'";
    }
    if ($kind === 'int' && preg_match('/^-?[0-9]{1,18}$/D', $raw)) {
        return $raw;
    }
    if ($kind === 'dec' && preg_match('/^-?[0-9]{1,15}(\.[0-9]{1,8})?$/D', $raw)) {
        return $raw;
    }
    if ($kind === 'time' && preg_match('/^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$/D', $raw)) {
        return "'" . $raw . "'";
    }
    throw new KontorRefusal('value');
}

function kontor_place($kind, $types, $value, $database)
{
    if ($kind !== 'ints' && $kind !== 'texts' && $kind !== 'rows' && $kind !== 'cases') {
        return kontor_value($kind, $value, $database);
    }
    if (!is_array($value)) {
        throw new KontorRefusal('value');
    }
    $parts = array();
    foreach ($value as $item) {
        if ($kind === 'ints' || $kind === 'texts') {
            $parts[] = kontor_value(substr($kind, 0, -1), $item, $database);
            continue;
        }
        $cells = array();
        $at = 0;
        foreach ($types as $type) {
            if ($type === 'now') {
                $cells[] = 'NOW()';
                continue;
            }
            if (!is_array($item) || !array_key_exists($at, $item)) {
                throw new KontorRefusal('value');
            }
            $cells[] = kontor_value($type, $item[$at], $database);
            $at++;
        }
        $parts[] = $kind === 'rows' ? '(' . implode(',', $cells) . ')' : ' WHEN ' . $cells[0] . ' THEN ' . $cells[1];
    }
    if ($kind === 'cases') {
        return $parts ? implode('', $parts) : ' WHEN NULL THEN NULL';
    }
    if ($kind === 'rows' && !$parts) {
        throw new KontorRefusal('value');
    }
    return $parts ? implode(',', $parts) : 'NULL';
}

function kontor_statement($sql, $values, $database)
{
    return preg_replace_callback(
        '/\{(\w+):([a-z]+\??)(?:\(([a-z?,]*)\))?\}|\[(\w+)\]/',
        function ($found) use ($values, $database) {
            if (isset($found[4]) && $found[4] !== '') {
                return '`' . KONTOR_PREFIX . $found[4] . '`';
            }
            if (!array_key_exists($found[1], $values)) {
                throw new KontorRefusal('value');
            }
            $types = isset($found[3]) ? explode(',', $found[3]) : array();
            return kontor_place($found[2], $types, $values[$found[1]], $database);
        },
        $sql
    );
}

/* Files: only pictures, only in a folder of our own below the shop's images. */

function kontor_picture_path($name)
{
    if (!is_string($name) || !preg_match('#^kontor/[a-z0-9][a-z0-9-]{0,50}\.(jpg|jpeg|png|gif|webp)$#D', $name)) {
        throw new KontorRefusal('file name');
    }
    $catalog = defined('DIR_FS_CATALOG') && is_dir(DIR_FS_CATALOG) ? DIR_FS_CATALOG : dirname(__FILE__) . '/';
    return $catalog . (defined('DIR_WS_IMAGES') ? DIR_WS_IMAGES : 'images/') . $name;
}

function kontor_put($values)
{
    $path = kontor_picture_path(isset($values['name']) ? $values['name'] : '');
    $content = kontor_bytes(isset($values['content']) ? $values['content'] : null);
    $folder = dirname($path);
    if (!is_dir($folder) && !@mkdir($folder, 0755)) {
        throw new KontorRefusal('folder');
    }
    $draft = $path . '.' . substr(sha1(uniqid('', true)), 0, 8);
    if (@file_put_contents($draft, $content) !== strlen($content)) {
        @unlink($draft);
        throw new KontorRefusal('folder');
    }
    $size = @getimagesize($draft);
    $known = array(IMAGETYPE_GIF, IMAGETYPE_JPEG, IMAGETYPE_PNG);
    $webp = substr($content, 0, 4) === 'RIFF' && substr($content, 8, 4) === 'WEBP' && substr($path, -5) === '.webp';
    if (!$webp && (!$size || !in_array($size[2], $known, true))) {
        @unlink($draft);
        throw new KontorRefusal('no picture');
    }
    @chmod($draft, 0644);
    if (!@rename($draft, $path)) {
        @unlink($draft);
        throw new KontorRefusal('folder');
    }
    return array('matched' => 1);
}

function kontor_drop($values)
{
    $dropped = 0;
    foreach (isset($values['names']) && is_array($values['names']) ? $values['names'] : array() as $name) {
        $path = kontor_picture_path($name);
        if (is_file($path) && @unlink($path)) {
            $dropped++;
        }
    }
    return array('matched' => $dropped);
}

/* The shop keeps its menus in files for ever, where USE_CACHE is on. */
function kontor_drop_caches($database)
{
    $found = $database->rows('SELECT configuration_value FROM `' . KONTOR_PREFIX . "configuration`"
        . " WHERE configuration_key='DIR_FS_CACHE'");
    $folder = $found['rows'] && is_string($found['rows'][0][0]) ? rtrim($found['rows'][0][0], '/') : '';
    $dropped = 0;
    if ($folder !== '' && is_dir($folder)) {
        foreach (array('categories_box', 'manufacturers_box', 'also_purchased') as $begin) {
            foreach ((array) @glob($folder . '/' . $begin . '-*.cache*') as $path) {
                if (is_file($path) && @unlink($path)) {
                    $dropped++;
                }
            }
        }
    }
    return array('matched' => $dropped);
}

function kontor_host()
{
    $text = (string) @file_get_contents(dirname(__FILE__) . '/includes/version.php');
    $version = preg_match('/[0-9]+(\.[0-9]+){1,3}/', $text, $found) ? $found[0] : '';
    return array(
        'version' => $version,
        'php' => PHP_VERSION,
        'limits' => array(
            'max_execution_time' => (string) ini_get('max_execution_time'),
            'memory_limit' => (string) ini_get('memory_limit'),
            'post_max_size' => (string) ini_get('post_max_size'),
        ),
    );
}

/* Signing. */

function kontor_same($left, $right)
{
    if (!is_string($right) || strlen($left) !== strlen($right)) {
        return false;
    }
    $difference = 0;
    for ($at = 0; $at < strlen($left); $at++) {
        $difference |= ord($left[$at]) ^ ord($right[$at]);
    }
    return $difference === 0;
}

/* True for a nonce that has not been used; none is forgotten before its time stamp is too old anyway. */
function kontor_is_new($nonce, $time)
{
    $mark = 'kontor-' . substr(sha1(KONTOR_SECRET . __FILE__), 0, 20) . '.txt';
    foreach (array(sys_get_temp_dir(), dirname(__FILE__)) as $folder) {
        $file = @fopen(rtrim($folder, '/') . '/' . $mark, 'c+');
        if ($file) {
            break;
        }
    }
    if (!$file || !flock($file, LOCK_EX)) {
        return null;
    }
    $kept = array();
    $known = false;
    while (($line = fgets($file)) !== false) {
        $parts = explode(' ', trim($line));
        if (count($parts) === 2 && (int) $parts[0] > time() - 900) {
            $kept[] = $parts[0] . ' ' . $parts[1];
            $known = $known || $parts[1] === $nonce;
        }
    }
    if (!$known) {
        $kept[] = $time . ' ' . $nonce;
        rewind($file);
        ftruncate($file, 0);
        $known = fwrite($file, implode("\n", $kept) . "\n") === false ? null : false;
    }
    fflush($file);
    flock($file, LOCK_UN);
    fclose($file);
    return $known === null ? null : !$known;
}

function kontor_turn_away($status, $why)
{
    header('Content-Type: application/json', true, $status);
    echo json_encode(array('kontor' => 'bridge', 'refused' => $why, 'time' => time()));
    exit;
}

function kontor_answer($nonce, $answer)
{
    $body = base64_encode(json_encode($answer));
    header('Content-Type: application/json', true, 200);
    echo json_encode(array('b' => $body, 's' => hash_hmac('sha256', "answer\n" . $nonce . "\n" . $body, KONTOR_SECRET)));
    exit;
}

function kontor_run($calls, $names)
{
    global $kontor_operations;
    $done = array();
    $database = null;
    foreach ($calls as $call) {
        $name = is_array($call) && isset($call[0]) && is_string($call[0]) ? $call[0] : '';
        $values = $name !== '' && isset($call[1]) && is_array($call[1]) ? $call[1] : array();
        try {
            if (substr($name, 0, 5) !== 'file:' && !isset($kontor_operations[$name])) {
                throw new KontorRefusal('unknown');
            }
            if ($database === null && $name !== 'file:host' && $name !== 'file:put' && $name !== 'file:drop') {
                $database = new KontorDatabase($names);
            }
            if ($name === 'file:host') {
                $done[] = kontor_host();
            } elseif ($name === 'file:put') {
                $done[] = kontor_put($values);
            } elseif ($name === 'file:drop') {
                $done[] = kontor_drop($values);
            } elseif ($name === 'file:drop_caches') {
                $done[] = kontor_drop_caches($database);
            } elseif (isset($kontor_operations[$name])) {
                list($writes, $sql) = $kontor_operations[$name];
                $sql = kontor_statement($sql, $values, $database);
                $done[] = $writes ? $database->change($sql) : $database->rows($sql);
            } else {
                throw new KontorRefusal('unknown');
            }
        } catch (KontorRefusal $refusal) {
            return array('done' => $done, 'failed' => $refusal->getMessage());
        }
    }
    return array('done' => $done);
}

if ($kontor_addresses && !in_array($_SERVER['REMOTE_ADDR'], $kontor_addresses, true)) {
    kontor_turn_away(403, 'address');
}
if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    kontor_turn_away(405, 'method');
}
$kontor_input = json_decode((string) file_get_contents('php://input'), true);
foreach (array('t', 'n', 'b', 's') as $kontor_part) {
    if (!is_array($kontor_input) || !isset($kontor_input[$kontor_part]) || !is_string($kontor_input[$kontor_part])) {
        kontor_turn_away(400, 'form');
    }
}
if (!preg_match('/^[0-9]{9,11}$/D', $kontor_input['t']) || !preg_match('/^[0-9a-f]{32}$/D', $kontor_input['n'])) {
    kontor_turn_away(400, 'form');
}
$kontor_signed = $kontor_input['t'] . "\n" . $kontor_input['n'] . "\n" . $kontor_input['b'];
if (!kontor_same(hash_hmac('sha256', $kontor_signed, KONTOR_SECRET), $kontor_input['s'])) {
    kontor_turn_away(401, 'signature');
}
if (abs(time() - (int) $kontor_input['t']) > 300) {
    kontor_turn_away(401, 'time');
}
$kontor_new = kontor_is_new($kontor_input['n'], $kontor_input['t']);
if ($kontor_new === null) {
    kontor_turn_away(500, 'memory');
}
if (!$kontor_new) {
    kontor_turn_away(401, 'replay');
}
$kontor_wish = json_decode((string) base64_decode($kontor_input['b'], true), true);
if (!is_array($kontor_wish) || !isset($kontor_wish['calls']) || !is_array($kontor_wish['calls'])
    || !isset($kontor_wish['names']) || !in_array($kontor_wish['names'], array('latin1', 'utf8', 'utf8mb4'), true)) {
    kontor_turn_away(400, 'form');
}

chdir(dirname(__FILE__));
ob_start();
if (is_file('includes/local/configure.php')) {
    include 'includes/local/configure.php';
}
if (is_file('includes/configure.php')) {
    include 'includes/configure.php';
}
ob_end_clean();
if (!defined('DB_SERVER') || !defined('DB_DATABASE')) {
    kontor_turn_away(500, 'no shop');
}
kontor_answer($kontor_input['n'], kontor_run($kontor_wish['calls'], $kontor_wish['names']));
